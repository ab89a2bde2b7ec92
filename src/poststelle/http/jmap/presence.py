"""Presence/get, /changes and /announce, a vendor type: who else is reading or answering a message.

Described in ``docs/jmap.md``.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from poststelle.http.jmap import few, get
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.ids import account_text, message_number, message_text
from poststelle.http.jmap.limits import MAX_OBJECTS_IN_GET
from poststelle.http.jmap.principal import principal_text
from poststelle.mail import presence
from poststelle.mail.presence import MOST_SAID, Plan
from poststelle.mime.header_told import utc_text
from poststelle.model.ids import MessageId
from poststelle.model.presence import Activity, Presence, Voice

_PROPERTIES = frozenset({"id", "emailId", "name", "activity", "since", "until"})
_LONGEST_CLIENT_ID = 64


async def presence_get(call: Call, args: Args) -> dict[str, Any]:
    """Others', never one's own; ``ids`` null gives as many as a /get may, answers first."""
    account = args.account()
    asked = args.ids(MAX_OBJECTS_IN_GET)
    properties = args.properties(_PROPERTIES)
    args.done()
    now = call.context.clock.now()
    state, others = await call.read(presence.of_others, call.caller.user_id, account, now)
    others.sort(key=lambda one: one.activity is not Activity.ANSWERING)
    told = [_json(one) for one in (others[:MAX_OBJECTS_IN_GET] if asked is None else others)]
    return get.answer(account, state, asked, {one["id"]: get.only(one, properties) for one in told})


async def presence_changes(call: Call, args: Args) -> dict[str, Any]:
    """They are few, and all are to be read again."""
    account, since = few.since(args)
    now = call.context.clock.now()
    state, _ = await call.read(presence.of_others, call.caller.user_id, account, now)
    return few.all_or_nothing(account, since, state)


async def presence_announce(call: Call, args: Args) -> dict[str, Any]:
    """What this client reads and answers from now on, for a minute; all that it said before is replaced."""
    account, client = args.account(), _client(args.need("clientId", str))
    reading, answering = args.strings("reading") or [], args.strings("answering") or []
    args.done()
    texts = list(dict.fromkeys([*answering[: MOST_SAID + 1], *reading[: MOST_SAID + 1]]))
    if max(len(texts), len(answering), len(reading)) > MOST_SAID:
        raise MethodError("requestTooLarge", f"at most {MOST_SAID} messages at once")
    now = call.context.clock.now()
    if not call.context.announcing.may(str(call.caller.user_id), now):
        raise MethodError("serverUnavailable", "this is said too often; every twenty seconds is enough")
    voice = Voice(account, call.caller.user_id, call.caller.login_key, client)
    numbers = get.numbers(texts, message_number)
    wanted = dict.fromkeys(numbers.values(), Activity.READING)
    wanted |= {numbers[text]: Activity.ANSWERING for text in answering if text in numbers}
    plan: Plan = await call.read(presence.plan, voice, wanted, now)
    if not plan.is_empty:
        plan = await call.write_fleeting(presence.announce, voice, wanted, now)
    return {
        "accountId": account_text(account),
        "until": _end(plan),
        "notShown": _not_shown(texts, plan),
    }


def _client(text: str) -> str:
    if not text or len(text) > _LONGEST_CLIENT_ID or not text.isprintable():
        raise MethodError("invalidArguments", f"clientId has 1 to {_LONGEST_CLIENT_ID} characters")
    return text


def _end(plan: Plan) -> str | None:
    ends: list[datetime] = [one.ends_at for one in plan.heard.values()]
    return utc_text(min(ends)) if ends else None


def _not_shown(texts: Sequence[str], plan: Plan) -> list[str]:
    heard = {message_text(MessageId(number)) for number in plan.heard}
    return [text for text in texts if text not in heard]


def _json(one: Presence) -> dict[str, Any]:
    """A name, what the person does, and since when: never more."""
    email = message_text(one.message_id)
    return {
        "id": f"{email}-{principal_text(one.user_id)}",
        "emailId": email,
        "name": one.name,
        "activity": one.activity.value,
        "since": utc_text(one.since),
        "until": utc_text(one.ends_at),
    }
