"""Another build of the web UI: the same pages, with other names for all that is called by its content."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from poststelle.http.static import assets, find_ui

_NAME = re.compile(r"-[\w-]{8}(?=\.(?:js|css|html)$)|-[0-9a-f]{16}(?=\.html$)")
_TEXTS = frozenset({".js", ".css", ".html"})


def built() -> Path:
    """Where the UI of this checkout lies, built."""
    ui = find_ui(None)
    assert ui is not None, "The web pages are not built: run `make ui`."
    return ui


def another_build(folder: Path) -> Path:
    """A whole UI in ``folder`` whose scripts and styles have none of the names of this checkout's."""
    ui = built()
    names = {name for name in assets(ui) if _NAME.search(name)}
    distinct = {name: f"x{n:03}-{name}" for n, name in enumerate(sorted(names))}
    mentioned = re.compile("|".join(map(re.escape, sorted(distinct, key=len, reverse=True))))
    for path in sorted(ui.rglob("*")):
        plain = path.name.removesuffix(".br").removesuffix(".gz")
        if path.is_dir() or (plain != path.name and plain in distinct):
            continue
        inside = path.relative_to(ui)
        target = folder / inside.parent / distinct.get(path.name, path.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix not in _TEXTS:
            target.write_bytes(path.read_bytes())
            continue
        text = mentioned.sub(lambda found: distinct[found[0]], path.read_text(encoding="utf-8"))
        target.write_text(text, encoding="utf-8")
        if path.suffix == ".js":  # as a build leaves it
            Path(f"{target}.gz").write_bytes(gzip.compress(target.read_bytes(), 1))
    return folder
