"""Normal forms are what Python makes of ordinary text, and cost no more than its length."""

import re
from pathlib import Path
from unicodedata import combining, normalize

from hypothesis import given
from hypothesis import strategies as st

from poststelle.lib import normal_form as module
from poststelle.lib.normal_form import normal_form

SOURCE = Path(module.__file__).parents[1]
ORDINARY = st.lists(st.text(alphabet="aeoäöü 한각\u1100\u1161\u11a8ﬁ", max_size=40), max_size=30)


@given(ORDINARY, st.text(alphabet="\u0301\u0308\u0327\u0323", max_size=29))
def test_ordinary_text_is_as_it_always_was(words: list[str], marks: str) -> None:
    """Of any length, in both forms, with as many marks as any writing has."""
    text = f"{marks} " + f"a{marks}b" * 20 + " ".join(words)
    assert normal_form(text) == normalize("NFC", text)
    assert normal_form(text, "NFKC") == normalize("NFKC", text)


def test_of_very_many_marks_few_are_sorted_at_once() -> None:
    text = "a" + "\u0301" * 250_000 + "\u0327" * 250_000
    pieces = module._pieces(text)
    assert "".join(text[start:end] for start, end in pieces) == text
    assert max(sum(map(bool, map(combining, text[start:end]))) for start, end in pieces) <= 31
    assert normal_form(text)


def test_nothing_else_brings_text_of_strangers_into_a_normal_form() -> None:
    """Only the words of the search do, one character at a time."""
    found = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if re.search(r"\bnormalize\(", path.read_text("utf-8"))
    }
    assert found == {"lib/normal_form.py", "mime/words.py"}
