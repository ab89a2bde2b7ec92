"""Collects the ``Source:`` lines of all docstrings: ``python -m tests.specs`` writes docs/specs.md anew."""

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "specs.md"
_HEAD = """# Where it is specified

The specifications that our code names as its source, and where. Made from the docstrings:
`python -m tests.specs` writes this page anew.

| source | code |
| --- | --- |
"""


def page() -> str:
    """The page as it should be."""
    places: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "src").rglob("*.py")):
        for source in _sources(path.read_text()):
            places[source].add(path.relative_to(ROOT / "src").as_posix())
    rows = (
        f"| {source} | {', '.join(f'`{p}`' for p in sorted(places[source]))} |" for source in sorted(places)
    )
    return _HEAD + "\n".join(rows) + "\n"


def _sources(code: str) -> list[str]:
    """Each docstring's sources; one may run over several lines, up to an empty one."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node) or ""
            found += re.findall(r"Source: (.+?)(?=\n\s*\n|\Z)", text, re.DOTALL)
    return [" ".join(source.split()).rstrip(".").replace("|", "\\|") for source in found]


if __name__ == "__main__":
    PAGE.write_text(page())
