"""Answer/get, a vendor type: who has answered a message, here or elsewhere. Described in ``docs/jmap.md``."""

from typing import Any

from poststelle.http.jmap import get
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.ids import message_number, message_text
from poststelle.mail import answers
from poststelle.mail.answers import Answer
from poststelle.mime.header_told import utc_text
from poststelle.model.ids import UserId

_PROPERTIES = frozenset({"id", "answers"})
_MOST = 50  # each looks through a thread


async def answer_get(call: Call, args: Args) -> dict[str, Any]:
    """``ids`` are those of Emails, and have to be named."""
    account = args.account()
    asked = args.ids(_MOST)
    properties = args.properties(_PROPERTIES)
    args.done()
    if asked is None:
        raise MethodError("requestTooLarge", "name the messages whose answers are asked for")
    user, now = call.caller.user_id, call.context.clock.now()
    ids = list(get.numbers(asked, message_number).values())
    state, found = await call.read(answers.of, user, account, ids, now)
    items = {
        message_text(message): {"id": message_text(message), "answers": [_json(one, user) for one in every]}
        for message, every in found.items()
    }
    return get.answer(account, state, asked, {id_: get.only(item, properties) for id_, item in items.items()})


def _json(one: Answer, user: UserId) -> dict[str, Any]:
    return {
        "emailId": None if one.message_id is None else message_text(one.message_id),
        "name": one.name,
        "at": None if one.at is None else utc_text(one.at),
        "origin": None if one.origin is None else one.origin.value,
        "isMine": one.user_id == user,
        "isSent": one.is_sent,
    }
