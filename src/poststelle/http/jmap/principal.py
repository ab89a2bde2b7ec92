"""Principal/get, /query and /changes: who shares a mailbox, by name alone. Source: RFC 9670 §2."""

from collections.abc import Mapping, Sequence
from typing import Any

from poststelle.access.sharing import Sharer, principals
from poststelle.http.jmap import few, get
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError, SetError
from poststelle.http.jmap.limits import MAX_OBJECTS_IN_GET
from poststelle.http.jmap.setting import Outcome, require_state, take_asked
from poststelle.lib.ids import encode_id
from poststelle.model.change import ChangeType
from poststelle.model.ids import USER, AccountId, UserId
from poststelle.store.tx import ReadTx

_PROPERTIES = frozenset(
    {"id", "type", "name", "description", "email", "timeZone", "capabilities", "accounts"}
)


def principal_text(user: UserId) -> str:
    return encode_id(USER, user)


async def principal_get(call: Call, args: Args) -> dict[str, Any]:
    account = args.account()
    asked = args.ids(MAX_OBJECTS_IN_GET)
    properties = args.properties(_PROPERTIES)
    args.done()
    state, people = await _people(call, account)
    found = {id_: get.only(item, properties) for id_, item in _principals(people).items()}
    return get.answer(account, state, asked, found)


async def principal_query(call: Call, args: Args) -> dict[str, Any]:
    """Source: RFC 9670 §2.4."""
    query = few.Query(args)
    tests: dict[str, few.Test] = {
        "accountIds": _accounts,
        "email": few.text_in("email"),
        "name": few.text_in("name"),
        "text": few.text_in("name"),
        "type": few.equal("type"),
        "timeZone": few.equal("timeZone"),
    }
    keys = {"name": lambda one: one["name"].casefold()}

    def look(tx: ReadTx) -> dict[str, Any]:
        _, people = principals(tx, call.caller.user_id, query.account)
        return query.answer(tx.check, _principals(people).values(), tests, keys)

    found: dict[str, Any] = await call.read(look)
    return found


def _accounts(wanted: Any) -> few.Fits:
    """Nobody has an account of their own. Source: RFC 9670 §2.4.1 (an ``Id[]``)."""
    if not isinstance(wanted, list) or not all(isinstance(one, str) for one in wanted):
        raise MethodError("invalidArguments", "filter accountIds must be a list of ids")
    return lambda _: False


async def principal_changes(call: Call, args: Args) -> dict[str, Any]:
    return await get.changes(call, args, ChangeType.PRINCIPAL, principal_text)


async def principal_set(call: Call, args: Args) -> dict[str, Any]:
    """People are the administrator's: all is forbidden. Source: RFC 9670 §2.3."""
    account = args.account()
    asked = take_asked(args)
    state, _ = await _people(call, account)
    require_state(asked.if_in_state, state)
    refused = SetError("forbidden", "people and assignments are changed on the settings pages").body
    outcome: Outcome[None] = Outcome(old_state=state, new_state=state)
    outcome.not_created = dict.fromkeys(asked.create, refused)
    outcome.not_updated = dict.fromkeys(asked.update, refused)
    outcome.not_destroyed = dict.fromkeys(asked.destroy, refused)
    return outcome.answer(account, lambda _: None)


async def _people(call: Call, account: AccountId) -> tuple[str, list[Sharer]]:
    found: tuple[str, list[Sharer]] = await call.read(principals, call.caller.user_id, account)
    return found


def _principals(people: Sequence[Sharer]) -> Mapping[str, dict[str, Any]]:
    return {
        principal_text(one.user_id): {
            "id": principal_text(one.user_id),
            "type": "individual",
            "name": one.name,
            "description": None,
            "email": None,
            "timeZone": None,
            "capabilities": {},
            "accounts": None,
        }
        for one in people
    }
