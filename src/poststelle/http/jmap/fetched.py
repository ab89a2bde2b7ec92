"""Octets of messages for a call: those that are here, and those that have to come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from poststelle.http.jmap.api import Call
from poststelle.http.jmap.limits import FETCH_WITHIN_S
from poststelle.mail.originals import Original, Reach, originals
from poststelle.model.ids import AccountId, MessageId


@dataclass(frozen=True, slots=True)
class Fetched:
    """By message; ``gone`` are those that the provider has not any more."""

    found: Mapping[MessageId, Original]
    gone: set[MessageId]


async def fetched(call: Call, account: AccountId, ids: Sequence[MessageId], *, is_whole: bool) -> Fetched:
    """``is_whole`` False: the header is enough. Raises ProviderError."""
    context, caller = call.context, call.caller
    reach = Reach(caller.store, context.blobs, context.open_remote, caller.user_id, context.fetching)
    found = await originals(reach, account, ids, is_whole=is_whole, within_s=FETCH_WITHIN_S)
    return Fetched({i: o for i, o in found.octets.items() if o is not None}, found.gone)
