"""Lines of tables (CSV) that other programs open."""

import csv
import io
from collections.abc import Iterable

TYPE = "text/csv; charset=utf-8"
_FORMULAS = frozenset("=+-@\t\r\n")


def line(values: Iterable[object]) -> str:
    """One line. What a table's program would take for a formula is text (CWE-1236)."""
    written = io.StringIO()
    texts = ["" if value is None else str(value) for value in values]
    csv.writer(written).writerow([f"'{text}" if text[:1] in _FORMULAS else text for text in texts])
    return written.getvalue()
