"""Types of parts as providers tell them."""

import pytest

from poststelle.mime.media_type import split


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ("text/plain", ("text/plain", None)),
        ("Text/Plain; charset=windows-1252", ("text/plain", "windows-1252")),
        ('text/plain ; format=flowed; Charset = "UTF-8"', ("text/plain", "utf-8")),
        ('image/png; name="charset.png"', ("image/png", None)),
        ("application/pdf;", ("application/pdf", None)),
        ("", ("", None)),
    ],
)
def test_type_and_charset(told: str, wanted: tuple[str, str | None]) -> None:
    assert split(told) == wanted
