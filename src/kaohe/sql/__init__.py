"""SQL over one snapshot of a workspace: the canonical tables as they lie in the lake, and figures, computed when a query reads them."""

from kaohe.sql.engine import query
from kaohe.sql.tables import FIGURE_TABLES, FigureTable, listed

__all__ = ["FIGURE_TABLES", "FigureTable", "listed", "query"]
