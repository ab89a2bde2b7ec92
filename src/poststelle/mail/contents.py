"""What of a message is read, and can be found: its text, and its words. Pure rules, no store."""

from collections.abc import Mapping
from typing import Any

from poststelle.mail.fitting import fitting
from poststelle.mime import html_text
from poststelle.mime.html_text import Check
from poststelle.mime.words import LONGEST_TEXT, fold
from poststelle.model.message import Body
from poststelle.model.search import Content

_ADDRESSES = (("from", "from_"), ("to", "to_"), ("cc", "cc"), ("bcc", "bcc"))


def text_of(body: Body, check: Check = html_text.unasked) -> str:
    """The text that is read in a body: of an HTML one what its reader sees.

    ``check`` is asked again and again: what it raises ends the work.
    """
    return html_text.text_of(body.content, check) if body.content_type == "text/html" else body.content


def content_of(subject: str, addresses: Mapping[str, Any], text: str, files: str) -> Content:
    """The words of a message. ``addresses`` as they are stored, ``files`` the names of its attachments."""
    people = {
        field: fold(" ".join(f"{name} {email}" for name, email in found))
        for key, field in _ADDRESSES
        if (found := addresses.get(key))
    }
    body, names = fold(text[:LONGEST_TEXT]), fold(files) if files else ""
    return fitting(Content(subject=fold(subject), body=body, files=names, **people))
