"""Identity/get: the addresses mail may be sent from. Source: RFC 8621 §6.

They are Microsoft's business: they can't be made, changed or removed here.
"""

from typing import Any

from poststelle.http.jmap import get
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.ids import identity_text
from poststelle.http.jmap.limits import MAX_OBJECTS_IN_GET
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
    context, user = call.context, call.caller.user_id
    await identities.refresh(call.caller.store, context.open_remote, context.clock, user, account)
    found: list[Identity] = await call.read(identities.list_all, user, account)
    items = {identity_text(one.id): get.only(_json(one), properties) for one in found}
    return get.answer(account, _state(found), asked, items)


async def identity_changes(_: Call, args: Args) -> dict[str, Any]:
    """There are few: they are read anew."""
    args.account()
    args.need("sinceState", str)
    get.most(args)
    args.done()
    raise MethodError("cannotCalculateChanges")


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
