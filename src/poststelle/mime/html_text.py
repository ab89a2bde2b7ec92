"""The words of an HTML text, as a preview shows them."""

import re

from selectolax.lexbor import LexborHTMLParser

_SILENT = ("script", "style", "head", "title", "template")

# Tags that do not end a word: Word puts them anywhere.
_INLINE = re.compile(
    r"</?(?:a|b|i|u|s|em|strong|span|font|mark|big|small|sub|sup|wbr)(?:\s[^<>]*)?>", re.IGNORECASE
)


def words_of(html: str) -> str:
    """The text without tags, blanks folded; "" for what holds none. It is text, not safe HTML."""
    return " ".join(text_of(html).split())


def text_of(html: str) -> str:
    """As ``words_of``, with the blanks as they come."""
    tree = LexborHTMLParser(_INLINE.sub("", html))
    tree.strip_tags(list(_SILENT))
    body = tree.body
    return body.text(separator=" ") if body is not None else ""
