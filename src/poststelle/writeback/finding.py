"""Asking the provider for a letter that is being sent: its draft first, then whatever has its keys.

A draft is used up by being sent: while it is there, nothing else is its copy. What was deleted for good is
found by its id all the same, among the recoverable items, where nobody sees it: that is no draft any more,
and whatever was sent in its place is searched for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from poststelle.model.ids import RemoteId
from poststelle.model.submission import Claimed
from poststelle.providers.base import RemoteMail, RemoteMessage
from poststelle.providers.errors import RetryLater
from poststelle.store import folders
from poststelle.store.tx import Store


@dataclass(frozen=True, slots=True)
class Found:
    """``draft``: the draft itself, not sent so far, where people can see it; then there are no ``others``.

    ``is_removed``: it is not sent either, but has been deleted for good.
    """

    draft: RemoteMessage | None = None
    others: Sequence[RemoteMessage] = ()
    is_removed: bool = False


async def find(store: Store, remote: RemoteMail, claimed: Claimed) -> Found:
    """What is there of it. Raises ProviderError.

    By its seals little else is found, and that is mostly enough. What is known by its id as sent is not
    searched for: the search may be refused.
    """
    item = await _by_id(remote, claimed.remote_id)
    is_draft = item is not None and item.is_draft is True
    if item is not None and is_draft and await is_shown(store, remote, claimed, item):
        return Found(draft=item)
    if item is not None and item.is_draft is False:
        return Found(others=[item])
    there = [] if item is None or is_draft else [item]
    return Found(others=_each_once(there, await _searched(remote, claimed)), is_removed=is_draft)


async def is_shown(store: Store, remote: RemoteMail, claimed: Claimed, item: RemoteMessage) -> bool:
    """Whether it lies in one of the mailbox's folders, as far as it says where. Raises ProviderError."""
    shown = await store.read(folders.shown, claimed.submission.account_id)
    return item.folder_id is None or item.folder_id in shown or await _is_listed(remote, item.folder_id)


async def _is_listed(remote: RemoteMail, folder: RemoteId) -> bool:
    """Whether the provider lists the folder: it may be newer than the last pull."""
    page = await remote.folder_delta(None)
    while not any(one.remote_id == folder for one in page.folders):
        if page.next_link is None:
            return False
        page = await remote.folder_delta(page.next_link)
    return True


async def _by_id(remote: RemoteMail, message: RemoteId) -> RemoteMessage | None:
    """The draft, or what has become of it under its id. Of a message that is gone here the id is unknown."""
    if not message:
        return None
    found = await remote.fetch([message])
    if message not in found:  # it is there, and cannot be read
        raise RetryLater("unreadable", is_local=True)
    return found[message]


async def _searched(remote: RemoteMail, claimed: Claimed) -> Sequence[RemoteMessage]:
    seals = claimed.seals()
    if claimed.submission.is_sealed:
        found = await remote.written(seals, "")
        if any(item.is_draft is False for item in found):
            return found
    keys = [claimed.key, *seals] if claimed.key else []
    return await remote.written(keys, claimed.submission.internet_message_id)


def _each_once(*several: Sequence[RemoteMessage]) -> list[RemoteMessage]:
    return list({item.remote_id: item for found in several for item in found}.values())
