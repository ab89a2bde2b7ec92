"""The part of a body that its writer added: everything before the first quotation.

Outlook compares with the conversation; this looks for the marks that the usual programs leave.
Source: Graph v1.0, "message resource type" (uniqueBody).
"""

from __future__ import annotations

import re

_TEXT_MARK = re.compile(
    r"^(?:>|-{2,} ?(?:Original Message|Ursprüngliche Nachricht|Weitergeleitete Nachricht|Forwarded message)"
    r"|_{10,}|(?:Am|On) .{4,120} (?:schrieb|wrote).{0,120}:\s*$|(?:Von|From): .+@)",
    re.MULTILINE,
)
_HTML_MARK = re.compile(
    r"<blockquote|<div[^>]{0,200}id=\"?(?:appendonsend|divRplyFwdMsg)|<div[^>]{0,200}class=\"?gmail_quote"
    r"|<hr[^>]{0,100}tabindex=\"?-1",
    re.IGNORECASE,
)


def unique_part(body: str, *, is_html: bool) -> str:
    """The body up to its first quotation; all of it when it quotes nothing."""
    mark = (_HTML_MARK if is_html else _TEXT_MARK).search(body)
    return body if mark is None else body[: mark.start()].rstrip()
