"""The spreadsheet door: a form made from the shapes, and back from a filled one to records."""

from .enter import import_sheet
from .faults import Fault, SheetReport
from .template import write_template

SUFFIXES = (".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls", ".ods")
"""Names of files that go through this door: most only to be told what is wrong with them."""

__all__ = ["SUFFIXES", "Fault", "SheetReport", "import_sheet", "write_template"]
