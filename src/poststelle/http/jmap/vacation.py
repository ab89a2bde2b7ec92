"""VacationResponse: the automatic reply that Microsoft keeps and sends. Source: RFC 8621 §8.

Microsoft has no subject for it, and two texts; both become the one that is set here, as HTML.
"""

import asyncio
from datetime import datetime
from typing import Any

from poststelle.access.rights import require
from poststelle.http.jmap import get
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError, SetError
from poststelle.http.jmap.limits import MAX_OBJECTS_IN_GET
from poststelle.http.jmap.setting import Outcome, refusal, require_state, take_asked
from poststelle.http.jmap.values import check_members, instant, invalid
from poststelle.mime.header_told import utc_text
from poststelle.model.errors import Conflict, UseCaseError
from poststelle.model.ids import AccountId
from poststelle.providers.replies import AutomaticReply
from poststelle.settings import automatic_reply
from poststelle.settings.at_provider import ProviderDesk
from poststelle.settings.automatic_reply import ReplyPatch

SINGLETON = "singleton"
_PROPERTIES = frozenset({"id", "isEnabled", "fromDate", "toDate", "subject", "textBody", "htmlBody"})
_TIMES = frozenset({"fromDate", "toDate"})
_TEXTS = frozenset({"textBody", "htmlBody"})
_FIELDS = {"isEnabled": "is_enabled", "fromDate": "from_", "toDate": "to"}


async def vacation_get(call: Call, args: Args) -> dict[str, Any]:
    account = args.account()
    asked = args.ids(MAX_OBJECTS_IN_GET)
    properties = args.properties(_PROPERTIES)
    args.done()
    reply = await _now(call, account)
    return get.answer(account, _state(reply), asked, {SINGLETON: get.only(await _json(reply), properties)})


async def vacation_set(call: Call, args: Args) -> dict[str, Any]:
    """One object, always there: it can be updated and nothing else."""
    account = args.account()
    asked = take_asked(args)
    before = await _now(call, account)
    outcome: Outcome[None] = Outcome(old_state=_state(before), new_state=_state(before))
    require_state(asked.if_in_state, outcome.old_state)
    alone = SetError("singleton", "there is exactly one, which can only be updated").body
    outcome.not_created = dict.fromkeys(asked.create, alone)
    outcome.not_destroyed = dict.fromkeys(asked.destroy, alone)
    for id_, patch in asked.update.items():
        try:
            if id_ != SINGLETON:
                raise SetError("notFound")
            user = call.caller.user_id
            wanted = await asyncio.to_thread(_patch, patch)  # its text may be of any size
            after = await automatic_reply.change(_desk(call), user, account, before, wanted)
            outcome.updated[id_] = await _otherwise(patch, before, after)
        except (SetError, UseCaseError) as error:
            outcome.not_updated[id_] = refusal(error)
            continue
        outcome.new_state = _state(after)
    return outcome.answer(account, lambda _: None)


async def _now(call: Call, account: AccountId) -> AutomaticReply:
    try:
        return await automatic_reply.get(_desk(call), call.caller.user_id, account)
    except Conflict as error:
        kind = "forbidden" if error.code == "not_offered" else "serverUnavailable"
        raise MethodError(kind, error.message) from error


def _desk(call: Call) -> ProviderDesk:
    return ProviderDesk(call.caller.store, call.context.open_remote, call.context.clock, require)


async def _json(reply: AutomaticReply) -> dict[str, Any]:
    html = _html_told(reply)
    return {
        "id": SINGLETON,
        "isEnabled": reply.is_enabled,
        "fromDate": None if reply.from_ is None else utc_text(reply.from_),
        "toDate": None if reply.to is None else utc_text(reply.to),
        "subject": None,
        "textBody": await automatic_reply.text_of(html) or None,
        "htmlBody": html or None,
    }


async def _otherwise(
    patch: dict[str, Any], before: AutomaticReply, after: AutomaticReply
) -> dict[str, Any] | None:
    """What is not as the patch says: of two texts one follows the other, and one that is not enabled has no
    time at Microsoft. None: all is.

    Source: RFC 8620 §5.3 (updated).
    """
    expected, told = (await _json(before)) | patch, await _json(after)
    for name in _TIMES & patch.keys():
        at = _date(patch, name)
        expected[name] = None if at is None else utc_text(at)
    return {name: told[name] for name in sorted(told.keys() - {"id"}) if told[name] != expected[name]} or None


def _state(reply: AutomaticReply) -> str:
    """Another one when anything about it is."""
    return get.digest((reply.is_enabled, reply.from_, reply.to, _html_told(reply)))


def _html_told(reply: AutomaticReply) -> str:
    return reply.external or reply.internal


def _patch(patch: Any) -> ReplyPatch:
    """Source: RFC 8620 §5.3 (PatchObject); of two texts the HTML one is kept."""
    if not isinstance(patch, dict):
        raise SetError("invalidPatch", "a patch is an object")
    check_members("", patch)
    if wrong := sorted(patch.keys() - _PROPERTIES):
        raise SetError("invalidProperties", "there is no such property", properties=wrong)
    if patch.get("id", SINGLETON) != SINGLETON:
        raise invalid("id", "it is fixed")
    if patch.get("subject") is not None:
        raise invalid("subject", "Microsoft chooses it")
    html = _html(patch)
    given = {name for key, name in _FIELDS.items() if key in patch} | (
        {"html"} if html is not None else set()
    )
    return ReplyPatch(
        frozenset(given),
        is_enabled=_typed(patch, "isEnabled", bool, default=False),
        from_=_date(patch, "fromDate"),
        to=_date(patch, "toDate"),
        html=html or "",
        text_field="textBody"
        if patch.get("htmlBody") is None and patch.get("textBody") is not None
        else "htmlBody",
    )


def _html(patch: dict[str, Any]) -> str | None:
    """The text to set; None: it stays, for one of the two is made of the other: both are taken away together.

    Source: RFC 8621 §8 (textBody, htmlBody).
    """
    html, text = _typed(patch, "htmlBody", str), _typed(patch, "textBody", str)
    if "\0" in (html or "") + (text or ""):
        raise invalid("htmlBody" if html else "textBody", "no text has a NUL in it")
    if html is not None:
        return str(html)
    if text is not None:
        return automatic_reply.html_of(text)
    return "" if patch.keys() >= _TEXTS else None


def _typed(patch: dict[str, Any], name: str, kind: type, default: Any = None) -> Any:
    value = patch.get(name)
    if value is None and (name != "isEnabled" or name not in patch):
        return default
    if not isinstance(value, kind):
        raise invalid(name, "it is of another type")
    return value


def _date(patch: dict[str, Any], name: str) -> datetime | None:
    return None if patch.get(name) is None else instant(patch[name], name)
