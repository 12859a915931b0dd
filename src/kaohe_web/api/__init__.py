"""The API: figures, results, statements, imports and cycles, for tokens with scope and expiry."""
