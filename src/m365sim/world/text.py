"""Bodies in the forms Graph shows: plain text from HTML, HTML from text, the preview. See also `safety`."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

from selectolax.lexbor import LexborHTMLParser

PREVIEW_CHARS = 255
_SKIPPED = ["style", "script", "head", "title"]
_BREAKS = "br, p, div, tr, li, h1, h2, h3, h4, h5, h6, table, blockquote"
_BREAK = "\ue000"  # stands for a line break while white space is folded; private use, so never in real words


@lru_cache(maxsize=512)
def html_to_text(html: str) -> str:
    """The words of an HTML body, blocks on lines of their own."""
    page = LexborHTMLParser(html.replace(_BREAK, ""))
    page.strip_tags(_SKIPPED)
    for block in page.css(_BREAKS):
        block.insert_before(_BREAK)
        block.insert_after(_BREAK)
    words = page.root.text() if page.root else ""
    folded = re.sub(r"\s+", " ", words).replace(_BREAK, "\n")
    lines = [line.strip() for line in folded.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


@lru_cache(maxsize=512)
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
