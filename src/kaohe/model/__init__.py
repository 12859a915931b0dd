"""What the words mean: canonical tables, senders and their order, local days and windows, people, money."""
