"""Placeholders, filled in as the web page does it."""

import json
from pathlib import Path

import pytest

from poststelle.mime.placeholders import NAMES, filled_html, filled_plain

CASES = json.loads((Path(__file__).parents[2] / "placeholders.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("text", "filled"), CASES["plain"])
def test_plain_text_is_filled_in(text: str, filled: str) -> None:
    """In both languages and any way of writing; lines that say nothing go."""
    assert filled_plain(text, CASES["values"]) == filled


@pytest.mark.parametrize(("html", "filled"), CASES["html"])
def test_html_is_filled_in(html: str, filled: str) -> None:
    """Values are escaped; a line is a block, or what stands between breaks."""
    assert filled_html(html, CASES["values"]) == filled


def test_the_documentation_names_all_meanings() -> None:
    """What can be written stands in docs/api.md."""
    told = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
    table = told.partition("| placeholder |")[2].partition("\n\n")[0]
    assert set(NAMES.values()) <= set(table.replace("`", " ").split())
