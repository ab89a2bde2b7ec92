"""The words of an HTML text, as a preview shows them."""

from selectolax.lexbor import LexborHTMLParser

_SILENT = ("script", "style", "head", "title", "template")


def words_of(html: str) -> str:
    """The text without tags, blanks folded; "" for what holds none. It is text, not safe HTML."""
    tree = LexborHTMLParser(html)
    tree.strip_tags(list(_SILENT))
    body = tree.body
    return " ".join(body.text(separator=" ").split()) if body is not None else ""
