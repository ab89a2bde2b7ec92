"""The session object: what this user may reach, and where. Source: RFC 8620 §2, RFC 8621 §1.3."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from poststelle.access.primary import primary_order
from poststelle.http.jmap.blob import blob_capability
from poststelle.http.jmap.email_query import EMAIL_SORTS
from poststelle.http.jmap.ids import account_text
from poststelle.http.jmap.limits import (
    BLOB,
    CORE,
    CORE_CAPABILITY,
    MAIL,
    MAX_DELAYED_SEND,
    MAX_MAILBOXES_PER_EMAIL,
    MAX_SIZE_ATTACHED,
    PRINCIPALS,
    QUOTA,
    SUBMISSION,
    VACATION,
    VAPID,
    VENDOR,
    WEBSOCKET,
)
from poststelle.model.account import Account
from poststelle.model.draft import USUAL_FILES_AT_MICROSOFT
from poststelle.model.rights import Level

_ACCOUNT_MAIL = {
    "maxMailboxesPerEmail": 1,  # a Microsoft message lies in exactly one folder
    "maxMailboxDepth": None,
    "maxSizeMailboxName": 255,
    "maxSizeAttachmentsPerEmail": USUAL_FILES_AT_MICROSOFT,  # more is taken, and tried
    "emailQuerySortOptions": list(EMAIL_SORTS),
}

_INTERNAL_MAIL = _ACCOUNT_MAIL | {
    "maxMailboxesPerEmail": MAX_MAILBOXES_PER_EMAIL,
    "maxSizeAttachmentsPerEmail": MAX_SIZE_ATTACHED,
}


@dataclass(frozen=True, slots=True)
class Reachable:
    """An account this user was assigned, with the level."""

    account: Account
    level: Level


def session_json(
    username: str, reachable: Sequence[Reachable], *, principal: str, base: str, vapid_key: str
) -> dict[str, Any]:
    """The session resource; ``base`` is our public address without a slash at the end."""
    accounts = {account_text(r.account.id): _account_json(r, principal) for r in reachable}
    session: dict[str, Any] = {
        "capabilities": {
            CORE: CORE_CAPABILITY,
            MAIL: {},
            SUBMISSION: {},
            VACATION: {},
            BLOB: {},
            VAPID: {"applicationServerKey": vapid_key},  # RFC 9749 §3
            WEBSOCKET: {"url": f"ws{base.removeprefix('http')}/jmap/ws", "supportsPush": True},  # RFC 8887 §3
            QUOTA: {},
            PRINCIPALS: {},
            VENDOR: {},
        },
        "accounts": accounts,
        "primaryAccounts": _primary(accounts, reachable),
        "username": username,
        "apiUrl": f"{base}/jmap/api",
        "downloadUrl": f"{base}/jmap/download/{{accountId}}/{{blobId}}/{{name}}?accept={{type}}",
        "uploadUrl": f"{base}/jmap/upload/{{accountId}}/",
        "eventSourceUrl": f"{base}/jmap/eventsource?types={{types}}&closeafter={{closeafter}}&ping={{ping}}",
    }
    return session | {"state": session_state(username, reachable)}


def _primary(accounts: Mapping[str, dict[str, Any]], reachable: Sequence[Reachable]) -> dict[str, str]:
    """One account for all that it can do, the next ones for what those before lack. Source: RFC 8620 §2."""
    found: dict[str, str] = {}
    for one in sorted(reachable, key=lambda one: primary_order(one.account, one.level)):
        id_ = account_text(one.account.id)
        for capability in accounts[id_]["accountCapabilities"]:
            found.setdefault(capability, id_)
    return found


def session_state(username: str, reachable: Sequence[Reachable]) -> str:
    """Changes whenever the session object would. Source: RFC 8620 §3.4 (sessionState)."""
    facts = [
        (r.account.id, r.account.name, r.account.address, r.account.is_vip, int(r.level)) for r in reachable
    ]
    return hashlib.sha256(repr((username, facts)).encode()).hexdigest()[:16]


def _account_json(reachable: Reachable, principal: str) -> dict[str, Any]:
    account = reachable.account
    mail = _INTERNAL_MAIL if account.is_internal else _ACCOUNT_MAIL
    return {
        "name": account.name or account.address,
        "isPersonal": False,
        "isReadOnly": reachable.level < Level.WRITE,
        "accountCapabilities": {
            MAIL: mail | {"mayCreateTopLevelMailbox": reachable.level >= Level.WRITE},
            **_sending(reachable),
            **({} if account.is_internal else {VACATION: {}}),
            BLOB: blob_capability(),
            QUOTA: {},
            PRINCIPALS: {"currentUserPrincipalId": principal},  # RFC 9670 §1.5.1
            VENDOR: {
                "address": account.address,
                "maxSizeAttachmentsTaken": MAX_SIZE_ATTACHED,
                "isVip": account.is_vip,
            },
        },
    }


def _sending(reachable: Reachable) -> dict[str, Any]:
    """Only for those who may send, and not from an internal mailbox yet.

    Source: RFC 8621 §1.3.2, RFC 4865 (FUTURERELEASE).
    """
    if reachable.level < Level.SEND or reachable.account.is_internal:
        return {}
    return {SUBMISSION: {"maxDelayedSend": MAX_DELAYED_SEND, "submissionExtensions": {"FUTURERELEASE": []}}}
