"""Copies in Sent that have the key of a letter being sent while its draft is there: somebody's, not ours.

A draft is used up by being sent, so it is asked for before a copy is taken for ours (docs/decisions/0017).
"""

from collections.abc import Sequence

from msgspec import structs

from poststelle.mail import own
from poststelle.model.folder import Folder, Role
from poststelle.model.ids import RemoteId
from poststelle.providers.base import RemoteMail, RemoteMessage
from poststelle.providers.errors import RetryLater
from poststelle.sync.leased import LeasedAccount


async def without_early_copies(
    leased: LeasedAccount, remote: RemoteMail, folder: Folder, items: Sequence[RemoteMessage]
) -> tuple[RemoteMessage, ...]:
    """The reports, those without a key that only look like ours; the same tuple where there is none."""
    told = tuple(items)
    if folder.role is not Role.SENT or not any(item.draft_key for item in told):
        return told
    drafts = await leased.read(own.accepted_drafts, told)
    if not drafts:
        return told
    gone = await _gone(remote, sorted(set(drafts.values())))
    early = {copy for copy, draft in drafts.items() if draft not in gone}
    return tuple(_keyless(item) if item.remote_id in early else item for item in told) if early else told


async def _gone(remote: RemoteMail, drafts: Sequence[RemoteId]) -> set[RemoteId]:
    """Those of the drafts that are none any more, as far as can be known: who sends looks for the others."""
    try:
        found = await remote.locate(drafts)
    except RetryLater as error:
        if error.is_throttled:
            raise
        return set()
    return {draft for draft, item in found.items() if item is None or item.is_draft is False}


def _keyless(item: RemoteMessage) -> RemoteMessage:
    return structs.replace(item, draft_key=None)
