"""What the provider tells of a draft of ours, in digests.

It may differ a little from what was written (cleaned HTML, names of
recipients), and is not another message for that: only what differs from what
was told before was changed elsewhere.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from poststelle.mail.contents import text_of
from poststelle.mail.merge import subject_of
from poststelle.mime.text import clean
from poststelle.model.message import Address, Body, Message
from poststelle.providers.base import RemoteMessage

RECIPIENTS = ("to", "cc", "bcc")
_PEOPLE = (*RECIPIENTS, "reply_to")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_WORD = re.compile(r"\w+")
_WRITTEN = (*_PEOPLE, "subject", "from_", "body")
_CONTENT = (
    "subject", "from_", "sender", "to", "cc", "bcc", "reply_to", "body", "preview", "has_attachment",
    "internet_message_id", "sent_at", "received_at", "size",
)  # fmt: skip


def digests(item: RemoteMessage) -> dict[str, str]:
    """What the provider says of a draft's content, one digest a property."""
    return {name: _digest(value) for name in _CONTENT if (value := getattr(item, name)) is not None}


def changed_since(first: dict[str, str], now: dict[str, str]) -> set[str]:
    """Which of the texts and people, that the provider told first, are others now."""
    return {name for name in _WRITTEN if name in first and now.get(name) != first[name]}


def differing(message: Message, body: Body, item: RemoteMessage) -> set[str]:
    """Which of the texts and people of a draft are others there, where its first answer is not known.

    It cleans HTML and names people otherwise, so words and addresses count. A text that is not told may be
    another one.
    """
    found = {
        name for name in _PEOPLE if _emails(getattr(message, name)) != _emails(getattr(item, name) or ())
    }
    if subject_of(item) != message.subject:
        found.add("subject")
    if item.body is None or _words(item.body) != _words(body):
        found.add("body")
    return found


def is_likely(message: Message, body: Body, item: RemoteMessage, *, has_same_people: bool) -> bool:
    """Whether the report may be of the draft all the same, though it differs in some of that.

    Its recipients or its subject are the draft's, for a provider knows people by several addresses. As far
    as its text is told, that has the same words; those of a draft with the same recipients and subject may
    differ in less than half. ``has_same_people``: it must have the draft's recipients, and
    a text that is told and has the same words, for it would be sent.
    """
    others = differing(message, body, item)
    has_others, has_subject = not others.isdisjoint(RECIPIENTS), "subject" not in others
    if has_others and (has_same_people or not has_subject):
        return False
    if item.body is None:
        return not has_same_people
    theirs, ours = _bare_words(item.body), _bare_words(body)
    if has_same_people:
        return theirs == ours
    common = (theirs & ours).total()
    return theirs == ours or (
        not has_others and has_subject and 2 * common > max(theirs.total(), ours.total())
    )


def says_content(item: RemoteMessage) -> bool:
    """Whether the report says anything of the content, and not of marks alone."""
    return any(getattr(item, name) is not None for name in _CONTENT)


def without_known(item: RemoteMessage, told: dict[str, str] | None) -> RemoteMessage:
    """The report without what was told before; None: nothing was, so whatever it says is our own."""
    if told is None:
        return _without(item, _CONTENT)
    return _without(item, [name for name, digest in digests(item).items() if told.get(name) == digest])


def _emails(people: Sequence[Address]) -> list[str]:
    return sorted(clean(one.email).lower() for one in people)


def _words(body: Body) -> list[str]:
    return clean(text_of(body)).split()


def _bare_words(body: Body) -> Counter[str]:
    """Without signs, and without what is not seen, either of which the provider may have put otherwise."""
    return Counter(_WORD.findall(_UNSEEN.sub("", clean(text_of(body)))))


def _without(item: RemoteMessage, names: Sequence[str]) -> RemoteMessage:
    nothing: dict[str, Any] = dict.fromkeys(names)
    return replace(item, **nothing) if nothing else item


def _digest(value: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:32]
