"""Lines of tables (CSV) that other programs open."""

import csv
import io
import re
from collections.abc import Iterable

TYPE = "text/csv; charset=utf-8"
_FORMULA = re.compile(r"""^(?=[=+\-@\t\r\n])|(?<=[;\t\r\n])(?=[=+\-@])|(?<=[;\t\r\n]")(?=[=+\-@])""")


def line(values: Iterable[object]) -> str:
    """One line. What a table's program would take for a formula is text (CWE-1236): also where it parts lines
    at semicolons, as those of German tables do, whatever a cell has around itself.
    """
    written = io.StringIO()
    texts = ["" if value is None else str(value) for value in values]
    csv.writer(written).writerow([_text(text) for text in texts])
    return written.getvalue()


def _text(text: str) -> str:
    return _FORMULA.sub("'", text)
