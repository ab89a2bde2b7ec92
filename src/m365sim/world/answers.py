"""Answers and forwarded mail as Outlook writes them: recipients, subject, quotation, headers.

Source: Graph v1.0, "message: createReply", "createReplyAll", "createForward"; RFC 5322 section 3.6.4.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from html import escape
from typing import Literal

from m365sim.world import conversations
from m365sim.world.compose import Written, references_of
from m365sim.world.content import Address, Attachment, Content, FileAttachment
from m365sim.world.instants import from_seconds
from m365sim.world.text import text_to_html

AnswerKind = Literal["reply", "replyAll", "forward"]

_BODY = re.compile(r"<body[^>]*>(.*?)(?:</body\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")
_LABELS = {
    "de": ("AW", "WG", "Von", "Gesendet", "An", "Cc", "Betreff"),
    "en": ("RE", "FW", "From", "Sent", "To", "Cc", "Subject"),
}


def answer(
    kind: AnswerKind, original: Content, own: Collection[str], language: str, comment: str, now_s: int
) -> Written:
    """What Outlook would put on the screen. ``own`` are the answering mailbox's addresses in lower case."""
    labels = _LABELS["de" if language.lower().startswith("de") else "en"]
    to, cc = _recipients(kind, original, own)
    references = _references(original)
    return Written(
        message_id="",
        subject=f"{labels[1 if kind == 'forward' else 0]}: {conversations.topic(original.subject)}",
        body=_quoting(original, comment, labels),
        is_html=True,
        sent_s=now_s,
        to=to,
        cc=cc,
        headers=thread_headers(original, references),
        attachments=_carried(kind, original),
        references=references,
        conversation_index=conversations.answered(original.conversation_index, now_s),
    )


def _references(original: Content) -> tuple[str, ...]:
    earlier = references_of(original.headers)
    return tuple(dict.fromkeys(i for i in (*earlier, original.message_id) if i))


def thread_headers(original: Content, references: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The headers that say which message is answered, and which ones that one answered."""
    if not original.message_id:
        return ()
    return (("In-Reply-To", original.message_id), ("References", " ".join(references)))


def _recipients(
    kind: AnswerKind, original: Content, own: Collection[str]
) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
    if kind == "forward":
        return (), ()
    author = original.from_ or original.sender
    to = original.reply_to or ((author,) if author else ())
    if to and all(a.address.lower() in own for a in to) and original.to:
        to = original.to  # one's own mail is answered to those who got it
    if kind == "reply":
        return to, ()
    everybody = _others((*to, *original.to), own) or to
    named = {a.address.lower() for a in everybody}
    return everybody, _others(original.cc, {*own, *named})


def _others(addresses: Iterable[Address], but: Collection[str]) -> tuple[Address, ...]:
    found = {a.address.lower(): a for a in reversed(tuple(addresses)) if a.address.lower() not in but}
    return tuple(reversed(found.values()))


def _carried(kind: AnswerKind, original: Content) -> tuple[Attachment, ...]:
    """Forwarded mail takes everything along, an answer the pictures its quotation shows."""
    if kind == "forward":
        return original.attachments
    return tuple(a for a in original.attachments if isinstance(a, FileAttachment) and a.is_inline)


def _quoting(original: Content, comment: str, labels: tuple[str, ...]) -> str:
    page = original.body if original.is_html else text_to_html(original.body)
    inner = _BODY.search(page)
    quoted = (inner[1] if inner else page).strip()
    return (
        '<html><head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>'
        f'{_shown(comment)}<hr tabindex="-1" style="display:inline-block; width:98%">'
        '<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" color="#000000" '
        f'style="font-size:11pt">{_heading(original, labels)}</font><div>&nbsp;</div></div>'
        f"{quoted}</body></html>"
    )


def _shown(comment: str) -> str:
    """A comment is HTML if it looks like it, else text whose line ends are kept."""
    if not comment:
        return ""
    words = comment if _TAG.search(comment) else "<br>\r\n".join(escape(comment, quote=False).splitlines())
    return f"<div>{words}</div>"


def _heading(original: Content, labels: tuple[str, ...]) -> str:
    author = original.from_ or original.sender
    lines = [
        (labels[2], _people([author] if author else [])),
        (labels[3], f"{from_seconds(original.sent_s):%d.%m.%Y %H:%M} UTC"),
        (labels[4], _people(original.to)),
        (labels[5], _people(original.cc)),
        (labels[6], original.subject),
    ]
    kept = (pair for pair in lines if pair[1] or pair[0] == labels[6])
    return "<br>\r\n".join(f"<b>{label}:</b> {escape(text, quote=False)}" for label, text in kept)


def _people(addresses: Iterable[Address]) -> str:
    return "; ".join(f"{a.name} <{a.address}>" if a.name else a.address for a in addresses)
