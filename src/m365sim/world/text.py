"""Bodies in the forms Graph shows: plain text from HTML, HTML from text, the preview. See also `safety`."""

from __future__ import annotations

import re
from html import escape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from m365sim.world.markup import bounded
from m365sim.world.remembered import remembered

PREVIEW_CHARS = 255
_SKIPPED = frozenset(("style", "script", "head", "title", "template"))
_BREAKS = frozenset(re.findall(r"\w+", "br p div tr li h1 h2 h3 h4 h5 h6 table blockquote"))


@remembered
def html_to_text(html: str) -> str:
    """The words of an HTML body, blocks on lines of their own."""
    root = LexborHTMLParser(bounded(html)).root
    pieces = _words(root) if root is not None else []
    lines = [" ".join(line.split()) for line in "".join(pieces).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _words(root: LexborNode) -> list[str]:
    """Texts in their order, with a line break before and after each block and at no other place."""
    pieces: list[str] = []
    node: LexborNode | None = root
    while node is not None:
        tag = node.tag
        if node.is_text_node:
            pieces.append((node.text_content or "").replace("\n", " "))
        elif tag in _BREAKS:
            pieces.append("\n")
        inner = node.first_child if tag not in _SKIPPED else None
        node = inner or _next(node, root, pieces)
    return pieces


def _next(node: LexborNode, root: LexborNode, pieces: list[str]) -> LexborNode | None:
    """What follows a node that has been read with all that is in it; None at the end."""
    left: LexborNode | None = node
    while left is not None and left.mem_id != root.mem_id:  # == would compare all that is in them
        if left.tag in _BREAKS:
            pieces.append("\n")
        if left.next is not None:
            return left.next
        left = left.parent
    return None


@remembered
def text_to_html(text: str) -> str:
    """A text body as the HTML page Exchange makes of it."""
    lines = escape(text, quote=False).replace("\r\n", "\n").replace("\n", "<br>\r\n")
    return (
        '<html><head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head>'
        f'<body><div class="PlainText">{lines}</div></body></html>'
    )


def preview(text: str) -> str:
    """The first 255 characters, white space folded as Outlook shows it."""
    return " ".join(text[: PREVIEW_CHARS * 4].split())[:PREVIEW_CHARS]


def one_line(value: str) -> str:
    """A text that belongs into a header: line breaks are blanks, NULs are gone."""
    return value if value.isprintable() else " ".join(value.replace("\0", "").splitlines())
