"""The list of a tenant's users.

Source: Graph v1.0, "List users"; "Advanced query capabilities on Microsoft Entra ID objects".
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from m365sim.directory import Directory, User
from m365sim.graph import odata
from m365sim.graph.errors import GraphError, bad_request, not_simulated
from m365sim.graph.filter_values import Field, Schema
from m365sim.graph.filters import parse_filter
from m365sim.graph.http import Answer, GraphRequest, json_answer
from m365sim.graph.prefer import Prefer
from m365sim.graph.user_schema import DEFAULT, KIND, NAMES, SETTINGS, mail_of, user_json
from m365sim.identity.access import Caller

_ALL = frozenset({"User.Read.All", "User.ReadWrite.All", "Directory.Read.All"})
_BASIC = "User.ReadBasic.All"
_OPTIONS = ("$select", "$top", "$filter", "$orderby", "$count", "$skiptoken")
_MOST, _USUAL = 999, 100
_FILTERED: dict[str, Callable[[User], str | None]] = {
    "mail": mail_of,
    "userPrincipalName": lambda u: u.upn,
    "displayName": lambda u: u.display_name,
}
_SCHEMA: Schema[User] = Schema(
    KIND,
    {name: Field("text", value) for name, value in _FILTERED.items()},
    {},
    frozenset((*NAMES, SETTINGS)) - _FILTERED.keys(),
    frozenset({"ne", "gt", "lt", "not", "endswith", "contains"}),
)
"""What every program may ask; the words left out need an "advanced query" or are refused by the directory."""
_SORTED: dict[str, Callable[[User], str]] = {
    "displayName": lambda u: u.display_name,
    "userPrincipalName": lambda u: u.upn,
}


def list_users(directory: Directory, request: GraphRequest, caller: Caller, prefer: Prefer) -> Answer:
    """GET users: a page of the caller's own tenant."""
    _check(caller)
    query = request.query
    odata.check_options(query, _OPTIONS)
    select = odata.select(query, (*NAMES, SETTINGS), KIND) or DEFAULT
    if SETTINGS in select:
        raise not_simulated(f"$select={SETTINGS} in the list of users")
    size = odata.page_size(query, prefer.page_size, _USUAL, _MOST)
    users = _found(directory, request, caller)
    annotation = f"{request.root}/$metadata#users"
    shown = f"({','.join(select)})" if "$select" in query else ""
    data: dict[str, Any] = {"@odata.context": annotation + shown}
    if odata.flag(query, "$count"):
        _check_consistency(request)
        data["@odata.count"] = len(users)
    start = _start(users, query["$skiptoken"]) if "$skiptoken" in query else 0
    page, is_basic = users[start : start + size], sees_basics_only(caller)
    data["value"] = [user_json(directory, user, select, is_basic=is_basic) for user in page]
    if len(users) > start + size:
        data["@odata.nextLink"] = _link(request, page[-1])
    return json_answer(data)


def count_users(directory: Directory, request: GraphRequest, caller: Caller, _: Prefer) -> Answer:
    """GET users/$count: a bare number."""
    _check(caller)
    odata.check_options(request.query, ("$filter",))
    _check_consistency(request)
    return Answer(200, str(len(_found(directory, request, caller))).encode(), "text/plain")


def sees_basics_only(caller: Caller) -> bool:
    """Whether the caller may see of others only who they are."""
    return not caller.scopes & _ALL and _BASIC in caller.scopes


def _check(caller: Caller) -> None:
    """Refuse with 403 a caller without a permission for it, and guests whatever theirs.

    Programs without a user can be granted User.ReadBasic.All, and nothing comes of it. Exchange's own rules
    for them (roles, access policies) are about mailboxes: they neither open this list nor shorten it.
    """
    is_guest = caller.user is not None and bool(caller.user.home_user_id)
    allowed = _ALL if caller.is_app_only else _ALL | {_BASIC}
    if is_guest or not caller.scopes & allowed:
        message = "Insufficient privileges to complete the operation."
        raise GraphError(403, "Authorization_RequestDenied", message)


def _check_consistency(request: GraphRequest) -> None:
    if request.headers.get("consistencylevel", "").lower() != "eventual":
        message = "$count is only supported with the header ConsistencyLevel: eventual."
        raise bad_request(message, "Request_UnsupportedQuery")


def _found(directory: Directory, request: GraphRequest, caller: Caller) -> list[User]:
    """The users asked for, in order; those that compare the same by their ids."""
    test = parse_filter(request.query["$filter"], _SCHEMA).test if "$filter" in request.query else None
    mine = (u for u in directory.users.values() if u.tenant_id == caller.tenant_id)
    users = sorted((u for u in mine if test is None or test(u)), key=lambda u: u.id)
    terms = odata.orderby(request.query, _SORTED) or [("displayName", False)]
    for name, is_descending in reversed(terms):
        if name not in _SORTED:
            raise not_simulated(f"$orderby={name} on users")
        value = _SORTED[name]
        users.sort(key=lambda u, value=value: value(u).casefold(), reverse=is_descending)  # type: ignore[misc]
    return users


def _start(users: list[User], token: str) -> int:
    """Where the page after the user named by a token begins."""
    try:
        user_id = urlsafe_b64decode(token).decode()
    except (binascii.Error, ValueError):
        user_id = ""
    for index, user in enumerate(users):
        if user.id == user_id:
            return index + 1
    raise bad_request("The skip token is not valid.", "Directory_ExpiredPageToken")


def _link(request: GraphRequest, last: User) -> str:
    query = {**request.query, "$skiptoken": urlsafe_b64encode(last.id.encode()).decode()}
    options = "&".join(f"{quote(n, safe='$')}={quote(v, safe='')}" for n, v in query.items())
    return f"{request.root}{request.target}?{options}"
