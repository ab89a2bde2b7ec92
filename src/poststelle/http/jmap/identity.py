"""Identity/get, /changes and /set: the addresses mail may be sent from. Source: RFC 8621 §6.

Which there are is the provider's business; names, signatures, reply addresses are each user's own.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from poststelle.http.jmap import few, get
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.email_create import people
from poststelle.http.jmap.errors import SetError
from poststelle.http.jmap.ids import identity_text
from poststelle.http.jmap.limits import MAX_OBJECTS_IN_GET
from poststelle.http.jmap.setting import Outcome, refusal, require_state, require_write, take_asked
from poststelle.http.jmap.values import check_members, invalid
from poststelle.mime.text import clean
from poststelle.model.errors import Conflict, Invalid, UseCaseError
from poststelle.model.ids import AccountId, IdentityId, UserId
from poststelle.model.message import Address
from poststelle.model.submission import Identity
from poststelle.store.tx import Check, Tx
from poststelle.submission import identities

_PROPERTIES = frozenset(
    {"id", "name", "email", "replyTo", "bcc", "textSignature", "htmlSignature", "mayDelete"}
)

_FIELDS = {
    "name": "name",
    "replyTo": "reply_to",
    "bcc": "bcc",
    "textSignature": "text_signature",
    "htmlSignature": "html_signature",
}
_NAMES = {field: name for name, field in _FIELDS.items()}


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
    return few.all_or_nothing(account, since, _state(await _all(call, account)))


async def identity_set(call: Call, args: Args) -> dict[str, Any]:
    """What a user has of their own can be set; who may send as whom is the provider's."""
    account = args.account()
    asked = take_asked(args)
    await call.read(require_write, call.caller.user_id, account)
    before = await _all(call, account)
    require_state(asked.if_in_state, _state(before))
    outcome: Outcome[None] = Outcome(old_state=_state(before))
    why = "addresses are those that the provider tells of"
    outcome.not_created = dict.fromkeys(asked.create, SetError("forbiddenFrom", why).body)
    ids = {identity_text(one.id): one for one in before}
    for id_ in dict.fromkeys(asked.destroy):
        outcome.not_destroyed[id_] = (SetError("forbidden", why) if id_ in ids else SetError("notFound")).body
    changes, outcome.not_updated = await call.understand(_each_changes, ids, asked.update)
    now = call.context.clock.now()
    refused = await call.write(_change_all, call.caller.user_id, account, changes, now)
    outcome.not_updated |= refused
    outcome.updated = dict.fromkeys(changes.keys() - refused.keys())
    after: list[Identity] = await call.read(identities.list_all, call.caller.user_id, account, now)
    outcome.new_state = _state(after)
    return outcome.answer(account, lambda _: None)


def _change_all(
    tx: Tx,
    user: UserId,
    account: AccountId,
    changes: dict[str, tuple[IdentityId, dict[str, Any]]],
    now: datetime,
) -> dict[str, dict[str, Any]]:
    """All in one transaction; those that are refused, and why."""
    refused = {}
    for id_, (identity, said) in changes.items():
        try:
            identities.change(tx, user, account, identity, said, now)
        except Invalid as error:
            name = _NAMES.get(str(error.params["field"]), "name")
            refused[id_] = SetError("invalidProperties", error.message, properties=[name]).body
        except Conflict as error:  # one signature too many
            refused[id_] = SetError("overQuota", error.message).body
        except UseCaseError as error:
            refused[id_] = refusal(error)
    return refused


def _each_changes(
    check: Check, ids: Mapping[str, Identity], update: Mapping[str, Any]
) -> tuple[dict[str, tuple[IdentityId, dict[str, Any]]], dict[str, dict[str, Any]]]:
    """What is to be changed, and what is refused."""
    changes, refused = {}, {}
    for id_, patch in update.items():
        check()
        try:
            if id_ not in ids:
                raise SetError("notFound")
            changes[id_] = (ids[id_].id, _changes(ids[id_], patch))
        except SetError as error:
            refused[id_] = error.body
    return changes, refused


def _changes(identity: Identity, patch: Any) -> dict[str, Any]:
    """The fields that a patch sets. What can't be set may be named as it is. Raises SetError."""
    if not isinstance(patch, dict):
        raise SetError("invalidPatch", "a patch is an object")
    check_members("", patch)
    held = _json(identity)
    wrong = [n for n, value in patch.items() if n not in _FIELDS and (n not in held or held[n] != value)]
    if wrong:
        raise SetError("invalidProperties", "these cannot be changed", properties=wrong)
    return {_FIELDS[n]: _value(n, value) for n, value in patch.items() if n in _FIELDS}


def _value(name: str, value: Any) -> Any:
    """Text, or a list of addresses; null takes away."""
    if name in {"replyTo", "bcc"}:
        return None if value is None else people({name: value}, name)
    if not isinstance(value, str | None):
        raise invalid(name, "this is text")
    return clean(value or "")


async def _all(call: Call, account: AccountId) -> list[Identity]:
    context, user = call.context, call.caller.user_id
    await identities.refresh(call.caller.store, context.open_remote, context.clock, user, account)
    found: list[Identity] = await call.read(identities.list_all, user, account, context.clock.now())
    return found


def _json(identity: Identity) -> dict[str, Any]:
    return {
        "id": identity_text(identity.id),
        "name": identity.name,
        "email": identity.email,
        "replyTo": _addresses(identity.reply_to),
        "bcc": _addresses(identity.bcc),
        "textSignature": identity.text_signature,
        "htmlSignature": identity.html_signature,
        "mayDelete": False,
    }


def _state(found: list[Identity]) -> str:
    """Another one when anything of them is another one."""
    return get.digest([_json(one) for one in found])


def _addresses(some: tuple[Address, ...] | None) -> list[dict[str, Any]] | None:
    return None if some is None else [{"name": one.name or None, "email": one.email} for one in some]
