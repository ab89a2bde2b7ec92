"""What must always be true of the stored mail. Each statement lists what breaks its rule."""

from poststelle.store.queries import neutral
from poststelle.store.tx import ReadTx

RULES = {
    "broken_counters": "a folder's counters differ from its messages",
    "broken_flags": "a membership's copies differ from its message",
    "broken_memberships": "a membership without its message or folder",
    "broken_places": "a message in no folder that nobody asked to destroy, or in several at Microsoft",
    "broken_threads": "a visible message without its thread",
    "dangling_names": "a thread's name without its thread",
    "queued_internally": "a change in an internal mailbox that waits for a provider",
    "internal_without_octets": "a message of an internal mailbox without its octets",
    "empty_threads": "a thread without a visible message",
    "broken_modseqs": "a change above its account's modseq",
    "broken_ids": "an id that its account has not handed out yet",
    "broken_parents": "a folder below one that is not there",
    "dangling_bodies": "a body without its message",
    "dangling_attachments": "an attachment without its message",
    "dangling_blobs": "kept octets without their message",
    "dangling_departures": "a departure without its message",
    "dangling_drafts": "a draft's notes without their message",
    "dangling_bounces": "a report to be read that is gone",
    "forgotten_drafts": "a message only here that nobody brings to the provider",
    "dangling_ops": "a write-back without its message",
    "dangling_cursors": "a cursor without its folder",
    "dangling_seen": "a sweep's note without its folder",
    "left_folders": "an empty folder that has left and still is there",
    "unindexed_messages": "a message that has been put into the index, and is neither in it nor due",
    "dangling_documents": "words of a message that is gone, which nothing is due for",
    "miscounted_documents": "another number of indexed messages than there are",
    "logged_messages": "a visible message whose last logged change is not created or updated, or a gone one",
}
"""What each statement's rows are; all of them read everything."""


def check(tx: ReadTx) -> list[str]:
    """One sentence for each broken rule and place; an empty list is what everybody wants."""
    assert neutral().keys() >= RULES.keys()
    return [
        f"{rule}: {', '.join(f'{key} {value}' for key, value in row.items())}"
        for query, rule in RULES.items()
        for row in tx.all(query)
    ]
