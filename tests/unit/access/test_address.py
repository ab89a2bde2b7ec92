"""One complete mail address, as people type it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poststelle.model.errors import Invalid
from poststelle.settings.address import check_address, to_ascii


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


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("info", "missing_at"),
        ("a@b@example.org", "missing_at"),
        ("@example.org", "local_part"),
        ("info@", "domain"),
        ("info@localhost", "domain"),
        ("info@example..org", "domain"),
        ("info@-example.org", "domain"),
        ("info@exa_mple.org", "domain"),
        ("info@192.168.0.1", "domain"),
        ("info@example.org.", "domain"),
        (".info@example.org", "local_part"),
        ("in..fo@example.org", "local_part"),
        ("inf\u00f6@example.org", "local_part"),
        ("Info <info@example.org>", "display_name"),
        ("info@example.org, b@example.org", "display_name"),
        ("in fo@example.org", "display_name"),
        ('"in fo"@example.org', "display_name"),
        ("x" * 65 + "@example.org", "too_long"),
        ("info@" + "a" * 62 + "." + ("b" * 60 + ".") * 4 + "org", "too_long"),
    ],
)
def test_anything_else_is_refused_with_its_reason(typed: str, reason: str) -> None:
    """The refusal names the field and why, so the page can say what to correct."""
    with pytest.raises(Invalid) as refused:
        check_address(typed)
    assert refused.value.code == "invalid_address"
    assert refused.value.params == {"field": "address", "reason": reason}


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
