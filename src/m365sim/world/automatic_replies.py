"""Answers that a mailbox gives by itself while its owner is away.

Each sender gets one for as long as the same settings are in force. Nobody answers notices, lists, other
programs or oneself, so two mailboxes never answer one another.

Source: Graph v1.0, "automaticRepliesSetting resource type"; RFC 3834 sections 2 to 5; [MS-OXCMAIL]
(X-Auto-Response-Suppress).
"""

from __future__ import annotations

import re
from dataclasses import replace

from m365sim.world.compose import Written, references_of
from m365sim.world.content import Address, Content
from m365sim.world.conversations import answered, topic
from m365sim.world.drafts import with_message_id
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Message
from m365sim.world.organisation import is_colleague, own_addresses, owner_of
from m365sim.world.post import Letter, post
from m365sim.world.settings import AutomaticReplies
from m365sim.world.text import text_to_html
from m365sim.world.world import World

_SUPPRESSED = re.compile(r"\b(?:all|oof|autoreply)\b", re.IGNORECASE)
_BULK = frozenset({"bulk", "list", "junk"})
_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")


def set_replies(mailbox: Mailbox, replies: AutomaticReplies) -> None:
    """Put automatic replies in force; another status or schedule begins a new round of answers."""
    before = mailbox.settings.automatic_replies
    if (before.status, before.start_s, before.end_s) != (replies.status, replies.start_s, replies.end_s):
        mailbox.answered = set()
    mailbox.configure(settings=replace(mailbox.settings, automatic_replies=replies))


def reply_to(world: World, mailbox: Mailbox, message: Message, letter: Letter) -> None:
    """Answer a message that has just arrived, if there is anything to answer and anybody to get it."""
    replies = mailbox.settings.automatic_replies
    sender = letter.sender.strip().lower()
    if not sender or sender in mailbox.answered or not replies.is_active(world.clock.now_s()):
        return
    content = message.source.load()
    if sender in own_addresses(world, mailbox) or is_automatic(content):
        return
    words = words_for(world, mailbox, sender)
    if not words:
        return
    mailbox.answered.add(sender)
    mailbox.configure()
    written = _answer(world, mailbox, content, Address(letter.sender), words)
    post(world, Letter(written, "", (sender,)))


def words_for(world: World, mailbox: Mailbox, sender: str) -> str:
    """What a mailbox would answer to this address; empty for nothing."""
    settings = mailbox.settings
    return settings.automatic_replies.text_for(
        is_internal=is_colleague(world, mailbox, sender), is_contact=sender.lower() in settings.contacts
    )


def is_automatic(content: Content) -> bool:
    """Whether a program wrote it, or to many at once, or it asks for no answer by a program."""
    for name, value in content.headers:
        match name.lower():
            case "auto-submitted" if value.split(";")[0].strip().lower() != "no":
                return True
            case "precedence" if value.strip().lower() in _BULK:
                return True
            case "list-id":
                return True
            case "x-auto-response-suppress" if _SUPPRESSED.search(value):
                return True
    return False


def _answer(world: World, mailbox: Mailbox, original: Content, to: Address, words: str) -> Written:
    is_german = mailbox.language.lower().startswith("de")
    mark = "Automatische Antwort" if is_german else "Automatic reply"
    now_s, owner = world.clock.now_s(), owner_of(world, mailbox)
    references = tuple(i for i in (*references_of(original.headers), original.message_id) if i)
    written = Written(
        message_id="",
        subject=f"{mark}: {topic(original.subject)}",
        body=words if _TAG.search(words) else text_to_html(words),
        is_html=True,
        sent_s=now_s,
        sender=owner,
        from_=owner,
        to=(to,),
        headers=(*_marks(), *_thread(original, references)),
        references=references,
        conversation_index=answered(original.conversation_index, now_s),
    )
    return with_message_id(mailbox, written)


def _marks() -> tuple[tuple[str, str], ...]:
    return (("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All"))


def _thread(original: Content, references: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    if not original.message_id:
        return ()
    return (("In-Reply-To", original.message_id), ("References", " ".join(dict.fromkeys(references))))
