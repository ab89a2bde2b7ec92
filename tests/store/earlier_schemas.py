"""Each schema that there was, without its comments: the first one whole, each later one by what it changed.

``schemas`` holds them: ``NN.diff`` says in unified form, without lines around, what is other than in the one
before it. ``python -m tests.store.earlier_schemas`` adds the schema that there is, before it becomes another.
"""

import difflib
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

from tests.store.test_schema import SCHEMA

from poststelle.store.opening import OLDEST_CODE, SCHEMA_VERSION

_FOLDER = Path(__file__).parent / "schemas"
_FIRST = 1
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\S+ @@")
VERSIONS = sorted(int(path.stem) for path in _FOLDER.iterdir())
_BEFORE = {later: before for before, later in pairwise(VERSIONS)}


@cache
def schema(version: int) -> str:
    """Its text; the first line names it, and the lowest version of a program that may open it."""
    if version == _FIRST:
        return (_FOLDER / f"{_FIRST:02}.sql").read_text()
    diff = (_FOLDER / f"{version:02}.diff").read_text().splitlines()
    return "\n".join(_changed(schema(_BEFORE[version]).splitlines(), diff)) + "\n"


def _changed(lines: list[str], diff: list[str]) -> list[str]:
    found, read = [], 0
    for line in diff:
        if hunk := _HUNK.match(line):
            start, count = int(hunk[1]), int(hunk[2] or 1)
            begin = start - 1 if count else start
            found += lines[read:begin]
            read = begin
        elif line.startswith("-"):
            assert lines[read] == line[1:], f"the schema before has no line {line[1:]!r} there"
            read += 1
        else:
            found.append(line[1:])
    return found + lines[read:]


def difference(before: str, after: str) -> str:
    """What a file of the folder holds."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return "".join(f"{line}\n" for line in list(lines)[2:])  # without the names of two files


def _bare_lines(text: str) -> str:
    lines = (re.sub(r"\s+", " ", re.sub(r"--.*", "", line).rstrip()) for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines if line)


if __name__ == "__main__":
    now = f"-- schema {SCHEMA_VERSION}, oldest code {OLDEST_CODE}\n{_bare_lines(SCHEMA.read_text())}"
    (_FOLDER / f"{SCHEMA_VERSION:02}.diff").write_text(difference(schema(VERSIONS[-1]), now))
