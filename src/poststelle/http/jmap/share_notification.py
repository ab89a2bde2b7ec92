"""ShareNotification/get, /query, /changes and /set: a user hears of their own rights. Source: RFC 9670 §3."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from poststelle.access import share_notifications
from poststelle.http.jmap import few, get, listing
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError, SetError
from poststelle.http.jmap.ids import account_text, folder_text
from poststelle.http.jmap.limits import MAX_CHANGES, MAX_OBJECTS_IN_GET
from poststelle.http.jmap.mailbox import rights_of
from poststelle.http.jmap.principal import principal_text
from poststelle.http.jmap.setting import Asked, Outcome, refusal, state_before, take_asked
from poststelle.lib.ids import decode_id, encode_id
from poststelle.mail import query
from poststelle.mime.header_told import utc_text
from poststelle.model.change import ChangeType
from poststelle.model.errors import NotAllowed
from poststelle.model.ids import SHARING, AccountId, SharingId, UserId
from poststelle.model.rights import Level
from poststelle.model.sharing import ShareNotification
from poststelle.store.tx import ReadTx, Tx

_PROPERTIES = frozenset(
    {
        "id", "created", "changedBy", "objectType", "objectAccountId", "objectId", "oldRights", "newRights",
        "name",
    }
)  # fmt: skip


async def share_notification_get(call: Call, args: Args) -> dict[str, Any]:
    account = args.account()
    asked = args.ids(MAX_OBJECTS_IN_GET)
    properties = args.properties(_PROPERTIES)
    args.done()
    state, told = await call.read(_told, call.caller.user_id, account)
    found = {id_: get.only(item, properties) for id_, item in told.items()}
    return get.answer(account, state, asked, found)


async def share_notification_query(call: Call, args: Args) -> dict[str, Any]:
    """Source: RFC 9670 §3.5."""
    asked = few.Query(args)
    tests: dict[str, few.Test] = {
        "after": _is_after,
        "before": _is_before,
        "objectType": few.equal("objectType"),
        "objectAccountId": few.equal("objectAccountId"),
    }

    def look(tx: ReadTx) -> dict[str, Any]:
        _, told = _told(tx, call.caller.user_id, asked.account)
        return asked.answer(tx.check, told.values(), tests, {"created": _instant})

    found: dict[str, Any] = await call.read(look)
    return found


async def share_notification_changes(call: Call, args: Args) -> dict[str, Any]:
    """Source: RFC 9670 §3.3."""
    account, since = args.account(), args.need("sinceState", str)
    limit = min(get.most(args) or MAX_CHANGES, MAX_CHANGES)
    args.done()
    found = await call.read(share_notifications.changes_of_mine, call.caller.user_id, account, since, limit)
    if found is None:
        raise MethodError("cannotCalculateChanges")
    changes, state = found
    return {
        "accountId": account_text(account),
        "oldState": since,
        "newState": state,
        "hasMoreChanges": changes.has_more,
        "created": [encode_id(SHARING, i) for i in changes.created],
        "updated": [],
        "destroyed": [encode_id(SHARING, i) for i in changes.destroyed],
    }


async def share_notification_set(call: Call, args: Args) -> dict[str, Any]:
    """They can be removed and nothing else. Source: RFC 9670 §3.4."""
    account = args.account()
    asked = take_asked(args)
    now = call.context.clock.now()
    outcome: Outcome[None] = await call.write(_set, call.caller.user_id, account, asked, now)
    return outcome.answer(account, lambda _: None)


def _set(tx: Tx, user: UserId, account: AccountId, asked: Asked, now: datetime) -> Outcome[None]:
    outcome: Outcome[None]
    outcome = Outcome(state_before(tx, user, account, ChangeType.SHARING, asked.if_in_state))
    refused = SetError("forbidden", "the server makes notifications; they can only be removed").body
    outcome.not_created = dict.fromkeys(asked.create, refused)
    outcome.not_updated = dict.fromkeys(asked.update, refused)
    numbers = {text: decode_id(SHARING, text) for text in dict.fromkeys(asked.destroy)}
    ids = [SharingId(number) for number in numbers.values() if number is not None]
    try:
        gone = share_notifications.dismiss(tx, user, account, ids, now)
    except NotAllowed as error:
        outcome.not_destroyed = dict.fromkeys(numbers, refusal(error))
        outcome.new_state = outcome.old_state
        return outcome
    outcome.destroyed = [text for text, number in numbers.items() if number in gone]
    missing = SetError("notFound").body
    outcome.not_destroyed = {text: missing for text, number in numbers.items() if number not in gone}
    tx.log_changes(now)
    outcome.new_state = query.state(tx, user, account, ChangeType.SHARING)
    return outcome


def _told(tx: ReadTx, user: UserId, account: AccountId) -> tuple[str, Mapping[str, dict[str, Any]]]:
    """The state, and what there is by its ids."""
    mine = share_notifications.mine(tx, user, account)
    return mine.state, {encode_id(SHARING, one.id): _json(one, mine.visible) for one in mine.found}


def _json(one: ShareNotification, visible: frozenset[UserId]) -> dict[str, Any]:
    """Who changed it has a principal where both share the mailbox; nobody's address is told."""
    by = one.changed_by
    return {
        "id": encode_id(SHARING, one.id),
        "created": utc_text(one.created_at),
        "changedBy": {
            "name": one.changed_by_name,
            "email": None,
            "principalId": principal_text(by) if by is not None and by in visible else None,
        },
        "objectType": "Mailbox",
        "objectAccountId": account_text(one.about),
        "objectId": account_text(one.about) if one.folder is None else folder_text(one.folder),
        "oldRights": _rights(one, one.old),
        "newRights": _rights(one, one.new),
        "name": one.name,
    }


def _rights(one: ShareNotification, level: Level | None) -> dict[str, bool] | None:
    """Nobody sends from an internal mailbox."""
    if level is None:
        return None
    return rights_of(min(level, Level.WRITE) if one.is_internal else level, is_own=False) | {
        "mayShare": False
    }


def _instant(item: few.Item) -> datetime:
    return datetime.fromisoformat(item["created"])


def _is_after(text: Any) -> few.Fits:
    at = listing.utc_date("after", text)
    return lambda item: _instant(item) >= at


def _is_before(text: Any) -> few.Fits:
    at = listing.utc_date("before", text)
    return lambda item: _instant(item) < at
