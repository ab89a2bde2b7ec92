"""Asking the provider for a letter that is being sent: its draft first, then whatever has its keys.

A draft is used up by being sent: while it is there, nothing else is its copy. What was deleted for good is
found by its id all the same, among the recoverable items, where nobody sees it: that is no draft any more,
and whatever was sent in its place is searched for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, RemoteId
from poststelle.model.submission import Claimed
from poststelle.providers.base import RemoteMail, RemoteMessage
from poststelle.providers.errors import RetryLater
from poststelle.store import folders, messages, submissions
from poststelle.store.tx import ReadTx, Store


@dataclass(frozen=True, slots=True)
class Place:
    """``is_shown``: people see the folder. ``is_trash``: it is the trash, or lies in it."""

    is_shown: bool
    is_trash: bool


_SOMEWHERE = Place(is_shown=True, is_trash=False)


@dataclass(frozen=True, slots=True)
class Found:
    """``draft``: the draft itself, not sent so far, where people can see it; then there are no ``others``.

    ``is_deleted``: it lies in the trash. ``is_removed``: it is not sent either, but was deleted for good.
    """

    draft: RemoteMessage | None = None
    is_deleted: bool = False
    is_removed: bool = False
    others: Sequence[RemoteMessage] = ()


async def find(store: Store, remote: RemoteMail, claimed: Claimed) -> Found:
    """What is there of it. Raises ProviderError.

    By its seals little else is found, and that is mostly enough. What is known by its id as sent is not
    searched for: the search may be refused.
    """
    item = await by_id(remote, claimed.remote_id)
    if item is not None and item.is_draft is False:
        return Found(others=[item])
    is_draft = item is not None and item.is_draft is True
    if item is not None and is_draft:
        place = await place_of(store, remote, claimed, item)
        if place.is_shown:
            return Found(draft=item, is_deleted=place.is_trash)
    there = [] if item is None or is_draft else [item]
    others = await _searched(remote, claimed, await store.read(_names, claimed))
    return Found(is_removed=is_draft, others=_each_once(there, others))


async def place_of(store: Store, remote: RemoteMail, claimed: Claimed, item: RemoteMessage) -> Place:
    """Where it lies by what the provider says now: the last pull may be older. Raises ProviderError."""
    drafts, trash = await store.read(_roles, claimed.submission.account_id)
    if item.folder_id is None or item.folder_id == drafts:
        return _SOMEWHERE
    path = await remote.folder_path(item.folder_id)
    return Place(False, False) if path is None else Place(True, trash in path)


async def by_id(remote: RemoteMail, message: RemoteId) -> RemoteMessage | None:
    """The draft, or what has become of it under its id. Of a message that is gone here the id is unknown.

    Raises ProviderError, also where it is there and can't be read.
    """
    if not message:
        return None
    found = await remote.fetch([message])
    if message not in found:
        raise RetryLater("unreadable", is_local=True)
    return found[message]


def _roles(tx: ReadTx, account: AccountId) -> tuple[RemoteId | None, RemoteId | None]:
    def of(role: Role) -> RemoteId | None:
        found = folders.by_role(tx, account, role)
        return None if found is None else found.remote_id

    return of(Role.DRAFTS), of(Role.TRASH)


def _names(tx: ReadTx, claimed: Claimed) -> list[str]:
    """The Message-IDs that it may have: other programs give drafts new ones while they wait."""
    submission = claimed.submission
    message = messages.even_hidden(tx, submission.account_id, submissions.message_of(tx, claimed))
    now = None if message is None else message.internet_message_id
    return list(dict.fromkeys(name for name in (submission.internet_message_id, now) if name))


async def _searched(remote: RemoteMail, claimed: Claimed, names: Sequence[str]) -> Sequence[RemoteMessage]:
    seals = claimed.seals()
    if claimed.submission.is_sealed:
        found = await remote.written(seals, "")
        if any(item.is_draft is False for item in found):
            return found
    keys = [claimed.key, *seals] if claimed.key else []
    found = await remote.written(keys, names[0] if names else "")
    for name in names[1:]:
        found = _each_once(found, await remote.written([], name))
    return found


def _each_once(*several: Sequence[RemoteMessage]) -> list[RemoteMessage]:
    return list({item.remote_id: item for found in several for item in found}.values())
