"""What a patch names and does not change: a client may send back whole objects. Source: RFC 8620 §5.3."""

from collections.abc import Mapping
from typing import Any

import msgspec

from poststelle.http.jmap import headers
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.email_get import email_get
from poststelle.http.jmap.email_json import PROPERTIES
from poststelle.http.jmap.email_marks import MARKS
from poststelle.http.jmap.ids import account_text, message_number
from poststelle.model.ids import AccountId
from poststelle.store.tx import Check

CHANGEABLE = frozenset({"keywords", "mailboxIds"}) | MARKS
_FIXED = PROPERTIES - CHANGEABLE


async def without_unchanged(call: Call, account: AccountId, update: Mapping[str, Any]) -> dict[str, Any]:
    """The patches without what nobody can set and what is so already, as Email/get tells it.

    That is what it tells unasked, ``headers`` and ``header:*``. What differs stays, to be refused by name,
    and so do ``header:*`` beyond the number that Email/get tells. Messages are read only for patches that
    name such a property. Raises MethodError as Email/get.
    """
    named: Mapping[str, frozenset[str]] = await call.understand(_named, update)
    properties = frozenset().union(*named.values())
    if not properties:
        return dict(update)
    args = {
        "accountId": account_text(account),
        "ids": [text for text, names in named.items() if names],
        "properties": sorted(properties),
    }
    found = {one["id"]: one for one in (await email_get(call, Args(args)))["list"]}
    left: dict[str, Any] = await call.understand(_left, update, found, named)
    return left


def _named(check: Check, update: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """What each patch names that nobody can set; of very many different ``header:*`` none."""
    named = {}
    for text, patch in update.items():
        check()
        if isinstance(patch, dict) and message_number(text) is not None:
            named[text] = _fixed(patch)
    if sum(map(headers.is_header, frozenset().union(*named.values()))) > headers.MOST:
        named = {text: names & _FIXED for text, names in named.items()}
    return named


def _left(
    check: Check,
    update: Mapping[str, Any],
    found: Mapping[str, Mapping[str, Any]],
    named: Mapping[str, frozenset[str]],
) -> dict[str, Any]:
    left = {}
    for text, patch in update.items():
        check()
        left[text] = _changed(patch, found[text], named[text]) if text in found else patch
    return left


def _fixed(patch: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(name for name in patch if name in _FIXED or headers.is_told(name))


def _changed(patch: Mapping[str, Any], told: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {
        name: value
        for name, value in patch.items()
        if name not in names or not is_same(_read(told[name]), value)
    }


def _read(told: Any) -> Any:
    """What is long comes as it is written in the answer (``telling.weighed``)."""
    return msgspec.json.decode(told) if isinstance(told, msgspec.Raw) else told


def is_same(told: Any, said: Any) -> bool:
    """Whether both are the same JSON value: to Python 0 is ``False`` and 1 is ``True``, to JSON not."""
    if isinstance(told, dict) and isinstance(said, dict):
        return told.keys() == said.keys() and all(is_same(told[name], said[name]) for name in told)
    if isinstance(told, list | tuple) and isinstance(said, list | tuple):
        return len(told) == len(said) and all(map(is_same, told, said))
    return isinstance(told, bool) is isinstance(said, bool) and bool(told == said)
