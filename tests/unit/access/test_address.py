"""One complete mail address, as people type it."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poststelle.model.errors import Invalid
from poststelle.settings.address import check_address, comparable, to_ascii

ADDRESSES = json.loads((Path(__file__).parent / "addresses.json").read_text(encoding="utf-8"))
"""What the page's own check is tested with too (``web/src/lib/address.test.ts``): both must agree."""


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("info@example.org", "info@example.org"),
        ("  Info@Example.ORG\n", "Info@example.org"),
        ("\ufeffinfo@example.org\u200b", "info@example.org"),
        ("first.last+tag@mail.example.co.uk", "first.last+tag@mail.example.co.uk"),
        ("info@büro-lindner.de", "info@büro-lindner.de"),
        ("info@xn--bro-lindner-thb.de", "info@büro-lindner.de"),
        ("info@BÜRO-Lindner.de", "info@büro-lindner.de"),
        ("o'brien@example.org", "o'brien@example.org"),
    ],
)
def test_a_complete_address_is_kept_tidy(typed: str, kept: str) -> None:
    """Blanks go, the domain becomes lower-case and readable, the rest stays as typed."""
    assert check_address(typed) == kept


@pytest.mark.parametrize(("typed", "reason"), [(typed, reason) for typed, reason, _ in ADDRESSES["refused"]])
def test_anything_else_is_refused_with_its_reason(typed: str, reason: str) -> None:
    """The refusal names the field and why, so the page can say what to correct."""
    with pytest.raises(Invalid) as refused:
        check_address(typed)
    assert refused.value.code == "invalid_address"
    assert refused.value.params == {"field": "address", "reason": reason}


@pytest.mark.parametrize("typed", ADDRESSES["accepted"])
def test_what_the_page_lets_through_is_accepted(typed: str) -> None:
    """Nobody confirms a warning only to hear that the address is none."""
    assert check_address(typed)


def test_a_long_name_is_told_its_own_limit() -> None:
    """64 octets before the @, whatever the whole address may have."""
    with pytest.raises(Invalid, match="at most 64 characters"):
        check_address("x" * 70 + "@example.org")


def test_mail_systems_get_the_ascii_form() -> None:
    """Microsoft is asked with the domain's ASCII form, IDNA2008: ß stays ß."""
    assert to_ascii("info@büro-lindner.de") == "info@xn--bro-lindner-thb.de"
    assert to_ascii("info@straße.de") == "info@xn--strae-oqa.de"


@given(st.text(max_size=300))
def test_no_text_breaks_the_check(text: str) -> None:
    """Any text is either a tidy address, which stays itself, or refused."""
    try:
        address = check_address(text)
    except Invalid:
        return
    assert check_address(address) == address


def test_addresses_are_compared_however_they_are_written() -> None:
    """In any letters, with blanks, and as mail systems write them; but ``ß`` is no ``ss``: another domain."""
    written = ["Anna@Büro.de", "anna@xn--bro-hoa.de", " anna@BÜRO.DE\u00ad", "anna@bu\u0308ro.de"]
    assert {comparable(one) for one in written} == {"anna@büro.de"}
    assert comparable("anna@straße.de") != comparable("anna@strasse.de")
    assert comparable(" Anna@Intern ") == "anna@intern"
    assert comparable("groß@büro.de") != comparable("gross@büro.de")
