"""Importing: files of every kind the platforms export, through profiles, into the canonical tables of the lake."""

from kaohe.importing.importer import Options, import_exports
from kaohe.importing.report import FileReport, ImportReport, Progress, TableReport

__all__ = ["FileReport", "ImportReport", "Options", "Progress", "TableReport", "import_exports"]
