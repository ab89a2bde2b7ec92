"""Thread/get and /changes. Source: RFC 8621 §3."""

from typing import Any

from poststelle.http.jmap import get
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.ids import message_text, thread_number, thread_text
from poststelle.http.jmap.limits import MAX_OBJECTS_IN_GET
from poststelle.mail import query
from poststelle.model.change import ChangeType

_PROPERTIES = frozenset({"id", "emailIds"})


async def thread_get(call: Call, args: Args) -> dict[str, Any]:
    """Threads with their messages, oldest first."""
    account = args.account()
    asked = args.ids(MAX_OBJECTS_IN_GET)
    properties = args.properties(_PROPERTIES)
    args.done()
    if asked is None:
        raise MethodError("requestTooLarge", "name the threads you want")
    ids = get.numbers(asked, thread_number)
    state, threads = await call.read(query.threads, call.caller.user_id, account, list(ids.values()))
    found = {
        thread_text(thread_id): get.only(
            {"id": thread_text(thread_id), "emailIds": [message_text(m) for m in messages]}, properties
        )
        for thread_id, messages in threads.items()
    }
    return get.answer(account, state, asked, found)


async def thread_changes(call: Call, args: Args) -> dict[str, Any]:
    return await get.changes(call, args, ChangeType.THREAD, thread_text)
