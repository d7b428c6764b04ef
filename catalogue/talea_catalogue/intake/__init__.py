"""Ways in: files made elsewhere become records of the home."""

from .json_file import ImportReport, Problem, import_json

__all__ = ["ImportReport", "Problem", "import_json"]
