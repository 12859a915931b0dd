"""Tables for people and machines: a terminal table, csv, JSON, xlsx and parquet from one description of columns.

Text that came from buyers and agents is never run: not by a spreadsheet (`kaohe.reports.cells.harmless`), not by a terminal
(`kaohe.reports.cells.printable`).
"""
