"""Whether what was told of a message is here: by what is stored, whichever process has read it.

    it was unknown    here by now
    it was known      gone, or changed since by somebody elsewhere

One that changed just before it was told of was perhaps read before that, together with others; perhaps
somebody has changed it again. One that was changed here, and that is confirmed, was perhaps told of for that;
perhaps somebody elsewhere has changed it, too. Such news *seem* to be here. While a change of ours is still
to be made at the provider, nothing tells whether another one has come: it is taken for not here. What changes
nothing that we keep is looked for in vain.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from poststelle.model.change import ChangeType
from poststelle.model.ids import AccountId, MessageId, RemoteId
from poststelle.store import changes, messages, pending
from poststelle.store.tx import ReadTx
from poststelle.sync.awaited import Awaiting, Named, Told

_JUST_BEFORE = timedelta(seconds=30)  # mostly a provider tells within seconds
_CHANGES_BEFORE = 500  # at most so many of an account are looked through for that


@dataclass(frozen=True, slots=True)
class Arrived:
    """Those whose news are here, and those whose seem to be."""

    surely: frozenset[Named]
    seemingly: frozenset[Named]


def arrived(tx: ReadTx, due: Awaiting) -> Arrived:
    """Of these."""
    surely, seemingly = set[Named](), set[Named]()
    for account, named in due.items():
        ids = messages.ids_by_remote(tx, account, named)
        was_known = {name for name, told in named.items() if told.modseq is not None}
        surely |= {(account, name) for name in named if (name in ids) != (name in was_known)}
        if here := {name: named[name] for name in sorted(was_known & ids.keys())}:
            _of_known(tx, account, here, ids, surely, seemingly)
    return Arrived(frozenset(surely), frozenset(seemingly))


def _of_known(
    tx: ReadTx,
    account: AccountId,
    told: Mapping[RemoteId, Told],
    ids: Mapping[RemoteId, MessageId],
    surely: set[Named],
    seemingly: set[Named],
) -> None:
    after = min(one.modseq or 0 for one in told.values()) - _CHANGES_BEFORE
    changed = changes.latest_of(tx, account, ChangeType.EMAIL, [ids[name] for name in told], after)
    since = min(one.at for one in told.values()) - _JUST_BEFORE
    confirmed = pending.confirmed_at(tx, account, told, since)
    unconfirmed = pending.of_open(tx, account, [ids[name] for name in told])
    for name, one in told.items():
        just_before, last = one.at - _JUST_BEFORE, changed.get(ids[name])
        if name in confirmed and confirmed[name] >= just_before:
            seemingly.add((account, name))
        elif last is None or ids[name] in unconfirmed:
            continue
        elif last.modseq > (one.modseq or 0):
            surely.add((account, name))
        elif last.at >= just_before:
            seemingly.add((account, name))
