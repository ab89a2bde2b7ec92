"""Quota/get, /query and /changes: the limits there are. Source: RFC 9425.

What a user has brought and no message uses yet is limited, over all mailboxes.
How large a mailbox may grow Microsoft tells nobody by Graph, so nothing is said of it.
"""

from collections.abc import Mapping
from typing import Any

from poststelle.http.jmap import few, get
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.limits import MAX_OBJECTS_IN_GET
from poststelle.mail import uploads
from poststelle.model.ids import AccountId
from poststelle.store.tx import ReadTx
from poststelle.store.uploads import Unused

_OCTETS, _COUNT = "uploads-octets", "uploads-count"
_PROPERTIES = frozenset(
    {
        "id",
        "resourceType",
        "used",
        "hardLimit",
        "warnLimit",
        "softLimit",
        "scope",
        "name",
        "description",
        "types",
    }
)
_NOTHING = "0"


async def quota_get(call: Call, args: Args) -> dict[str, Any]:
    account = args.account()
    asked = args.ids(MAX_OBJECTS_IN_GET)
    properties = args.properties(_PROPERTIES)
    args.done()
    used = await _used(call, account)
    found = {id_: get.only(item, properties) for id_, item in _quotas(used).items()}
    return get.answer(account, _state(used), asked, found)


async def quota_query(call: Call, args: Args) -> dict[str, Any]:
    """Source: RFC 9425 §4.4."""
    query = few.Query(args)
    tests: dict[str, few.Test] = {
        "name": few.text_in("name"),
        "scope": few.equal("scope"),
        "resourceType": few.equal("resourceType"),
        "type": lambda wanted: lambda quota: wanted in quota["types"],
    }
    keys = {"name": lambda quota: quota["name"], "used": lambda quota: quota["used"]}

    def look(tx: ReadTx) -> dict[str, Any]:
        quotas = _quotas(uploads.used(tx, call.caller.user_id, query.account))
        return query.answer(tx.check, quotas.values(), tests, keys)

    found: dict[str, Any] = await call.read(look)
    return found


async def quota_changes(call: Call, args: Args) -> dict[str, Any]:
    """A state says how much was used. Source: RFC 9425 §4.3."""
    account, since = few.since(args)
    now = await _used(call, account)
    before = _parse(since)
    old, new = _quotas(before), _quotas(now)
    return few.changes(
        account,
        since,
        _state(now),
        created=sorted(new.keys() - old.keys()),
        updated=sorted(id_ for id_ in new.keys() & old.keys() if new[id_] != old[id_]),
        destroyed=sorted(old.keys() - new.keys()),
        updatedProperties=["used"],
    )


async def _used(call: Call, account: AccountId) -> Unused | None:
    """None for who may bring nothing here."""
    used: Unused | None = await call.read(uploads.used, call.caller.user_id, account)
    return used


def _quotas(used: Unused | None) -> Mapping[str, dict[str, Any]]:
    if used is None:
        return {}
    what = "Files brought for messages to come and not used yet, in all mailboxes; forgotten after a day."
    return {
        id_: {
            "id": id_,
            "resourceType": resource,
            "used": held,
            "hardLimit": limit,
            "warnLimit": None,
            "softLimit": None,
            "scope": "account",
            "name": name,
            "description": what,
            "types": ["Blob"],
        }
        for id_, resource, held, limit, name in (
            (_COUNT, "count", used.uploads, uploads.MOST_UNUSED, "Number of unused uploads"),
            (_OCTETS, "octets", used.octets, uploads.MOST_UNUSED_OCTETS, "Size of unused uploads"),
        )
    }


def _state(used: Unused | None) -> str:
    return _NOTHING if used is None else f"{used.uploads}.{used.octets}"


def _parse(state: str) -> Unused | None:
    """Raises cannotCalculateChanges for a state that is none of ours."""
    if state == _NOTHING:
        return None
    count, dot, octets = state.partition(".")
    if not dot or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (count, octets)):
        raise MethodError("cannotCalculateChanges")
    return Unused(int(count), int(octets))
