"""Every oddity that the office promises is really in it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

import pytest

from m365sim.world.seedtypes import SeedAttachment, SeedItemAttachment, SeedMailbox, SeedMessage


def body(message: SeedMessage) -> str:
    return message.html or message.text or ""


def names(message: SeedMessage) -> list[str]:
    return [one.name for one in message.attachments]


def script(words: str, kind: str) -> bool:
    return any(kind in unicodedata.name(letter, "") for letter in words)


def nested_twice(message: SeedMessage) -> bool:
    return any(
        isinstance(inner, SeedItemAttachment)
        for one in message.attachments
        if isinstance(one, SeedItemAttachment)
        for inner in one.message.attachments
    )


ODDITIES: dict[str, Callable[[SeedMessage], bool]] = {
    "no subject": lambda m: m.subject == "",
    "subject over 400 characters": lambda m: len(m.subject) > 400,
    "emoji in the subject": lambda m: "🎉" in m.subject,
    "arabic": lambda m: script(body(m), "ARABIC"),
    "hebrew set from right to left": lambda m: script(body(m), "HEBREW") and 'dir="rtl"' in body(m),
    "chinese": lambda m: script(body(m), "CJK"),
    "japanese": lambda m: script(body(m), "HIRAGANA"),
    "no sender name": lambda m: m.from_ is not None and m.from_.name == "",
    "sender with comma and quotes": lambda m: (
        m.from_ is not None and "," in m.from_.name and '"' in m.from_.name
    ),
    "sixty recipients": lambda m: len(m.to) == 60,
    "many in copy": lambda m: len(m.cc) > 15,
    "blind copy": lambda m: bool(m.bcc) and not m.to,
    "two reply addresses": lambda m: len(m.reply_to) == 2,
    "sent on behalf": lambda m: m.sender != m.from_,
    "days under way": lambda m: (m.received_at - m.sent_at).days >= 4,
    "empty body": lambda m: not body(m),
    "one very long line": lambda m: m.html is None and max(map(len, (m.text or "").split("\n"))) > 2000,
    "angle brackets in plain text": lambda m: m.html is None and "< 1000 &&" in body(m),
    "file name with umlauts": lambda m: any("Größe" in name for name in names(m)),
    "file name with emoji": lambda m: any("😍" in name for name in names(m)),
    "very long file name": lambda m: any(len(name) > 150 for name in names(m)),
    "file name with a path": lambda m: any("../" in name for name in names(m)),
    "empty file": lambda m: any(isinstance(a, SeedAttachment) and a.content == b"" for a in m.attachments),
    "message as attachment": lambda m: any(isinstance(a, SeedItemAttachment) for a in m.attachments),
    "message in a message": nested_twice,
    "two pictures in the text": lambda m: body(m).count('src="cid:') == 2,
    "picture that is missing": lambda m: "cid:gibtesnicht" in body(m),
    "newsletter with a dark ground": lambda m: "background-color:#14161c" in body(m),
    "newsletter with old comments": lambda m: "<!--[if mso]>" in body(m) and "@media" in body(m),
    "remote pictures": lambda m: 'src="https://bilder.' in body(m),
    "way to unsubscribe": lambda m: any(name == "List-Unsubscribe" for name, _ in m.headers),
    "portal's table": lambda m: "Objektnummer" in body(m) and "<table" in body(m) and bool(m.reply_to),
    "bounce": lambda m: (
        m.subject.startswith("Unzustellbar") and any(n == "X-Failed-Recipients" for n, _ in m.headers)
    ),
    "automatic reply": lambda m: ("Auto-Submitted", "auto-replied") in m.headers,
    "draft without a recipient": lambda m: m.is_draft and not m.to,
    "logo in the signature": lambda m: "logo.png" in names(m),
}


@pytest.mark.parametrize("name", ODDITIES)
def test_the_office_has_it(mail: Sequence[SeedMessage], name: str) -> None:
    """At least one message shows this oddity."""
    assert any(ODDITIES[name](message) for message in mail)


def test_hostile_mail_lies_in_junk_alone(desk: SeedMailbox) -> None:
    """Scripts, handlers, forms, covering style and refreshes are tried, and only from the junk folder."""
    tricks = (
        "<script>",
        "onerror=",
        "javascript:",
        "<form",
        "position:fixed",
        "<iframe",
        'http-equiv="refresh"',
    )
    for folder in desk.folders:
        words = "".join(body(message) for message in folder.messages)
        for trick in tricks:
            assert (trick in words) == (folder.well_known == "junkemail"), (folder.path, trick)


def test_drafts_and_sent_mail_lie_where_they_belong(desk: SeedMailbox) -> None:
    """Drafts are in the drafts folder and nowhere else; sent mail is the office's own."""
    for folder in desk.folders:
        for message in folder.messages:
            assert message.is_draft == (folder.well_known == "drafts")
            if folder.well_known == "sentitems":
                assert message.from_ is not None
                assert message.from_.address == desk.address
