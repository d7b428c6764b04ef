"""How the form and the report look, and how a text is written so that it stays a text."""

from typing import Any

from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill

AUTHOR = "Talea"
"""Who signs our comments: by this, those of an earlier report are taken away."""

HEAD = PatternFill("solid", fgColor="FF0066CC")
REQUIRED = PatternFill("solid", fgColor="FF17324D")
BAD = PatternFill("solid", fgColor="FFFFC7CE")
HEAD_FONT = Font(bold=True, color="FFFFFFFF")
TITLE_FONT = Font(bold=True, size=14)
WRAP = Alignment(wrap_text=True, vertical="top")
TEXT_FORMAT = "@"
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def put(cell: Cell, value: Any) -> None:
    """Write a value; a text is never taken for a formula, a date or an error."""
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
        if value.startswith(_RISKY):
            cell.quotePrefix = True


def say(cell: Cell, text: str) -> None:
    """Hang a comment from a cell."""
    comment = Comment(text, AUTHOR)
    comment.width, comment.height = 360, 40 + 18 * (1 + len(text) // 50)
    cell.comment = comment
