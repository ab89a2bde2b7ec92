"""What a message met for the first time becomes."""

from datetime import UTC, datetime

import pytest
from tests.store.mailbox import NOW, item, partial

from poststelle.mail.merge import Place, merged, new_message
from poststelle.model.ids import AccountId, FolderId, MessageId, RemoteId, ThreadId
from poststelle.model.message import Address, Importance, Mutable
from poststelle.providers.base import RemoteMessage
from poststelle.store.pending import NOTHING_PENDING

PLACE = Place(ThreadId(7), FolderId(3))
UNCLEAN = (Address("An\0na", "a\ud800@b.example"), Address("", ""))
AGES_AGO = datetime(1601, 1, 1, tzinfo=UTC)
EXACT = datetime(2026, 9, 1, 8, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    "whole",
    [
        item("a"),
        item("a", from_=UNCLEAN, sender=UNCLEAN[:1], to=(), cc=UNCLEAN, bcc=UNCLEAN, reply_to=UNCLEAN),
        item("a", subject="s\0" * 9_000, preview="p" * 900, internet_message_id="<" + "i" * 3_000),
        item("a", received_at=AGES_AGO, sent_at=EXACT, is_seen=True, is_draft=True, has_attachment=True),
        item("a", is_flagged=True, due_at=EXACT, categories=("R\0t", "Blau"), importance=Importance.HIGH),
        item("a", is_flagged=False, due_at=EXACT, is_answered=True, is_forwarded=True),
        item("a", is_flagged=None, due_at=EXACT, is_seen=None, categories=None),
    ],
)
def test_a_new_message_is_what_its_report_makes_of_an_empty_one(whole: RemoteMessage) -> None:
    """There is one rule for what is stored, and a shorter way for messages met for the first time."""
    ids = AccountId(1), MessageId(2)
    empty = new_message(*ids, partial("a", received_at=NOW, size=whole.size), PLACE, NOW)
    assert new_message(*ids, whole, PLACE, NOW) == merged(empty, whole, FolderId(3), NOTHING_PENDING)


def test_what_is_not_said_yet_is_empty() -> None:
    """A fragment of a message we don't know: it came now, and nothing else is known."""
    found = new_message(AccountId(1), MessageId(2), partial("a"), PLACE, NOW)
    assert (found.remote_id, found.thread_id, found.folder_ids) == (RemoteId("a"), 7, (3,))
    assert (found.received_at, found.sent_at, found.internet_message_id) == (NOW, None, None)
    assert (found.subject, found.from_, found.size, found.mutable) == ("", (), 0, Mutable())
