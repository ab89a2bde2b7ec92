"""What a page only hints at, fetched before the page is stored.

With immutable ids a message that came, left and came back between two rounds is
reported as gone from its folder and never again until it changes; and an item
with a few properties may speak of a message we have never met. Both are asked
for by id, so that the page which is stored with its link tells all.

Source: Graph v1.0, "Use delta query to track changes"; microsoft-graph-docs-contrib issue 72.
"""

from collections.abc import Iterable
from dataclasses import replace

from poststelle.model.ids import AccountId, RemoteId
from poststelle.providers.base import DeltaPage, RemoteMail
from poststelle.store import folders, messages
from poststelle.store.tx import ReadTx
from poststelle.sync.leased import LeasedAccount


async def completed(leased: LeasedAccount, remote: RemoteMail, page: DeltaPage) -> DeltaPage:
    """The page with whole messages in place of hints; those the provider holds no more are left out."""
    fragments = {item.remote_id for item in page.messages if item.received_at is None}
    hinted = sorted(await leased.read(_unknown, fragments | page.left))
    if not hinted:
        return page
    found = await remote.fetch(hinted)
    shown = await leased.read(folders.shown)
    # A folder we have not met yet brings its messages with its own first round.
    whole = [item for item in found.values() if item is not None and item.folder_id in shown]
    told = [item for item in page.messages if item.remote_id not in found]
    return replace(page, messages=(*told, *whole), left=page.left - found.keys())


def _unknown(tx: ReadTx, account: AccountId, asked: Iterable[RemoteId]) -> set[RemoteId]:
    ids = set(asked)
    return ids - messages.by_remote(tx, account, ids).keys()
