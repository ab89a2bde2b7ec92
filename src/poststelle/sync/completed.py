"""What a page only hints at, fetched before the page is stored.

With immutable ids a message that came, left and came back between two rounds is
reported as gone from its folder and never again until it changes; and an item
with a few properties may speak of a message we have never met. Both are asked
for by id, so that the page which is stored with its link tells all.

Source: Graph v1.0, "Use delta query to track changes"; microsoft-graph-docs-contrib issue 72.
"""

from collections.abc import Iterable
from dataclasses import replace

import structlog

from poststelle.model.ids import AccountId, FolderId, RemoteId
from poststelle.providers.base import DeltaPage, RemoteMail
from poststelle.providers.errors import RetryLater
from poststelle.store import folders, messages
from poststelle.store.tx import ReadTx
from poststelle.sync.leased import LeasedAccount

PATIENCE = 3
"""How often a folder is put off for a message that cannot be read, before it goes on without it."""

log = structlog.get_logger(__name__)


def has_hints(page: DeltaPage) -> bool:
    """Whether anything on the page may have to be asked for by id."""
    return bool(page.left) or any(item.received_at is None for item in page.messages)


async def completed(
    leased: LeasedAccount, remote: RemoteMail, folder: FolderId, page: DeltaPage
) -> DeltaPage:
    """The page with whole messages in place of hints; those the provider holds no more are left out.

    RetryLater, for this folder, when one cannot be read: it may be for a moment only. After ``PATIENCE`` such
    turns the page is stored without it, for one broken message must not keep all others away.
    """
    if not has_hints(page):
        return page
    fragments = {item.remote_id for item in page.messages if item.received_at is None}
    hinted = sorted(await leased.read(_unknown, fragments | page.left))
    if not hinted:
        return page
    found = await remote.fetch(hinted)
    unreadable = len(hinted) - len(found)
    if unreadable and (await leased.read(folders.failures, folder)) < PATIENCE:
        raise RetryLater("message_unreadable", is_local=True)
    if unreadable:
        log.warning("pull.unreadable_messages", account=leased.account, count=unreadable)
    shown = await leased.read(folders.shown)
    # A folder we have not met yet brings its messages with its own first round.
    whole = [item for item in found.values() if item is not None and item.folder_id in shown]
    asked = set(hinted)
    told = [item for item in page.messages if item.remote_id not in asked]
    return replace(page, messages=(*told, *whole), left=page.left - asked)


def _unknown(tx: ReadTx, account: AccountId, asked: Iterable[RemoteId]) -> set[RemoteId]:
    ids = set(asked)
    return ids - messages.by_remote(tx, account, ids).keys()
