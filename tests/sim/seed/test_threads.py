"""Conversations: references, quotes, order in time, and words that leave nothing unfilled."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from m365sim.world.seedtypes import SeedMessage, SeedOffice


def header(message: SeedMessage, name: str) -> str:
    return dict(message.headers).get(name, "")


def by_conversation(mail: Sequence[SeedMessage]) -> dict[str, list[SeedMessage]]:
    found: dict[str, list[SeedMessage]] = defaultdict(list)
    for message in sorted(mail, key=lambda m: m.sent_at):
        found[message.conversation_key].append(message)
    return found


def test_message_ids_are_unique_and_well_formed(whole: SeedOffice) -> None:
    """Each Message-ID occurs once in the office and ends in an invented domain."""
    ids = [m.message_id for box in whole.mailboxes for folder in box.folders for m in folder.messages]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"<[0-9a-f]{20}@[a-z0-9.-]+\.example>", one) for one in ids)


def test_replies_refer_to_the_letters_before_them(mail: Sequence[SeedMessage]) -> None:
    """References list the conversation so far in order; In-Reply-To names the last of them."""
    for letters in by_conversation(mail).values():
        ids = [letter.message_id for letter in letters]
        for place, letter in enumerate(letters):
            assert header(letter, "References") == " ".join(ids[:place])
            assert header(letter, "In-Reply-To") == (ids[place - 1] if place else "")


def test_conversations_run_from_one_to_twelve_letters(mail: Sequence[SeedMessage]) -> None:
    """Most are short, some are long, none is longer than twelve."""
    sizes = Counter(len(letters) for letters in by_conversation(mail).values())
    assert max(sizes) <= 12
    assert sum(number for size, number in sizes.items() if size >= 2) > 100
    assert sum(number for size, number in sizes.items() if size >= 8) >= 3


def test_replies_keep_the_subject_and_quote_what_they_answer(mail: Sequence[SeedMessage]) -> None:
    """A reply is called AW: or Re: and carries words of the letter before."""
    for letters in by_conversation(mail).values():
        for letter in letters[1:]:
            assert re.sub(r"^(AW|Re): ", "", letter.subject) == letters[0].subject
            body = letter.html or letter.text or ""
            assert "<blockquote>" in body or "\n> " in body


def test_nothing_is_received_before_it_was_sent(mail: Sequence[SeedMessage]) -> None:
    """Delivery takes time, never less than none."""
    assert all(message.sent_at <= message.received_at for message in mail)


def test_no_slot_and_no_choice_is_left_open(mail: Sequence[SeedMessage]) -> None:
    """Sentences come out finished: no braces and no brackets are left of the templates."""
    for message in mail:
        if message.headers and (message.text or message.html) and "References" in dict(message.headers):
            words = re.sub(
                r"<style>.*?</style>|<!--.*?-->", "", message.html or message.text or "", flags=re.S
            )
            assert not re.search(r"[{}\[\]]", re.sub(r"<[^>]*>", "", words)), message.subject


def test_people_do_not_repeat_themselves(mail: Sequence[SeedMessage]) -> None:
    """Several hundred different subjects and well over a thousand different sentences."""
    subjects = {re.sub(r"^(AW|Re): ", "", message.subject) for message in mail}
    sentences: set[str] = set()
    for message in mail:
        plain = re.sub(r"<[^>]+>", "\n", message.html or message.text or "")
        sentences.update(row.strip() for row in re.split(r"(?<=[.!?])\s|\n", plain) if len(row) > 25)
    assert len(subjects) > 300
    assert len(sentences) > 1500


def test_all_addresses_are_invented(whole: SeedOffice) -> None:
    """Every sender and recipient lies under .example; every telephone number is kept for fiction."""
    for box in whole.mailboxes:
        for message in (m for folder in box.folders for m in folder.messages):
            people = (message.from_, *message.to, *message.cc, *message.bcc, *message.reply_to)
            assert all(person.address.endswith(".example") for person in people if person)
            body = message.html or message.text or ""
            numbers = re.findall(r"\b0\d{2,3} \d{3,5} \d{2,3}\b", body)
            assert all(re.match(r"030 23125 \d{3}|0171 39200 \d\d", number) for number in numbers)


def test_both_languages_are_spoken(mail: Sequence[SeedMessage]) -> None:
    """English letters are a fair part of a German office's mail."""
    english = sum(
        bool(re.search("Kind regards|Best wishes|Best regards", m.html or m.text or "")) for m in mail
    )
    german = sum("Grüße" in (m.html or m.text or "") for m in mail)
    assert english > 80
    assert german > 500
