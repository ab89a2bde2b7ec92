"""Thread/get and /changes. Source: RFC 8621 §3."""

from collections.abc import Sequence
from typing import Any

from poststelle.http.jmap import get
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.ids import message_text, thread_number, thread_text
from poststelle.http.jmap.limits import MAX_OBJECTS_IN_GET
from poststelle.mail import query
from poststelle.model.change import ChangeType
from poststelle.model.ids import AccountId, ThreadId, UserId
from poststelle.store.tx import ReadTx

_PROPERTIES = frozenset({"id", "emailIds"})


async def thread_get(call: Call, args: Args) -> dict[str, Any]:
    """Threads with their messages, oldest first."""
    account = args.account()
    asked = args.ids(MAX_OBJECTS_IN_GET)
    properties = args.properties(_PROPERTIES)
    args.done()
    if asked is None:
        raise MethodError("requestTooLarge", "name the threads you want")
    ids = list(get.numbers(asked, thread_number).values())
    state, found = await call.read(_told, call.caller.user_id, account, ids, properties)
    return get.answer(account, state, asked, found)


def _told(
    tx: ReadTx,
    user: UserId,
    account: AccountId,
    ids: Sequence[ThreadId],
    properties: Sequence[str] | None,
) -> tuple[str, dict[str, dict[str, Any]]]:
    """The state, and threads by their ids; one may have thousands of messages."""
    state, threads = query.threads(tx, user, account, ids)
    found = {}
    for thread, messages in threads.items():
        tx.check()
        told = {"id": thread_text(thread), "emailIds": [message_text(m) for m in messages]}
        found[thread_text(thread)] = get.only(told, properties)
    return state, found


async def thread_changes(call: Call, args: Args) -> dict[str, Any]:
    return await get.changes(call, args, ChangeType.THREAD, thread_text)
