"""Identity/get, /changes and /set: the addresses mail may be sent from. Source: RFC 8621 §6.

They are Microsoft's business: they can't be made, changed or removed here.
"""

from typing import Any

from poststelle.http.jmap import few, get
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError, SetError
from poststelle.http.jmap.ids import identity_text
from poststelle.http.jmap.limits import MAX_OBJECTS_IN_GET
from poststelle.http.jmap.setting import Outcome, require_write, take_asked
from poststelle.model.ids import AccountId
from poststelle.model.submission import Identity
from poststelle.submission import identities

_PROPERTIES = frozenset(
    {"id", "name", "email", "replyTo", "bcc", "textSignature", "htmlSignature", "mayDelete"}
)


async def identity_get(call: Call, args: Args) -> dict[str, Any]:
    """The account's own address first; aliases are asked for once a day."""
    account = args.account()
    asked = args.ids(MAX_OBJECTS_IN_GET)
    properties = args.properties(_PROPERTIES)
    args.done()
    found = await _all(call, account)
    items = {identity_text(one.id): get.only(_json(one), properties) for one in found}
    return get.answer(account, _state(found), asked, items)


async def identity_changes(call: Call, args: Args) -> dict[str, Any]:
    """There are few, seldom others: all are to be read again then."""
    account, since = few.since(args)
    state = _state(await _all(call, account))
    if since != state:
        raise MethodError("cannotCalculateChanges")
    return few.changes(account, since, state)


async def identity_set(call: Call, args: Args) -> dict[str, Any]:
    """Each is refused: who may send as whom is Microsoft's, names are the administrator's and the user's."""
    account = args.account()
    asked = take_asked(args)
    await call.read(require_write, call.caller.user_id, account)
    found = await _all(call, account)
    state, known = _state(found), {identity_text(one.id) for one in found}
    if asked.if_in_state is not None and asked.if_in_state != state:
        raise MethodError("stateMismatch")
    forbidden = SetError("forbidden", "names and addresses are changed on the settings pages").body
    refused = {
        id_: forbidden if id_ in known else SetError("notFound").body
        for id_ in (*asked.update, *asked.destroy)
    }
    outcome: Outcome[None] = Outcome(old_state=state, new_state=state)
    outcome.not_created = dict.fromkeys(
        asked.create, SetError("forbiddenFrom", forbidden["description"]).body
    )
    outcome.not_updated = {id_: refused[id_] for id_ in asked.update}
    outcome.not_destroyed = {id_: refused[id_] for id_ in asked.destroy}
    return outcome.answer(account, lambda _: None)


async def _all(call: Call, account: AccountId) -> list[Identity]:
    context, user = call.context, call.caller.user_id
    await identities.refresh(call.caller.store, context.open_remote, context.clock, user, account)
    found: list[Identity] = await call.read(identities.list_all, user, account)
    return found


def _json(identity: Identity) -> dict[str, Any]:
    return {
        "id": identity_text(identity.id),
        "name": identity.name,
        "email": identity.email,
        "replyTo": None,
        "bcc": None,
        "textSignature": "",
        "htmlSignature": "",
        "mayDelete": False,
    }


def _state(found: list[Identity]) -> str:
    """Another one when an address or a name is another one."""
    return get.digest([(one.id, one.name, one.email) for one in found])
