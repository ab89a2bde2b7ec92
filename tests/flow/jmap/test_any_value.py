"""Any JSON value in any place of what a client sends is answered by name: never 500, never serverFail.

Whole and valid arguments are taken, and each value in them is replaced, one at
a time, by each of the odd ones. What is asked for otherwise never comes about
(there is no such message, folder or draft), so that all of it is read and
nothing is left behind.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from tests.flow.jmap.client import CORE, MAIL, OURS, Json
from tests.flow.jmap.conftest import Desk
from tests.flow.jmap.office import Office
from tests.flow.jmap.test_internal import new_shelf

USING = [CORE, MAIL, OURS, *(
    f"urn:ietf:params:jmap:{name}"
    for name in ("submission", "blob", "quota", "principals", "vacationresponse")
)]  # fmt: skip
CALLS_AT_ONCE, OBJECTS_AT_ONCE = 16, 100

ODD: list[Any] = [
    None, True, 0, -1, 1.5, 2**53, 10**30, "", "zzz", "a\0b", "#a", "m1", "$seen",
    [], {}, [[]], [None], ["a"], [{}], {"a": []}, {"a": None}, [{"property": ["a"]}],
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
    "2026-13-01T00:00:00Z", "2026-02-29T12:00:00Z",
]  # fmt: skip

WINDOW: Json = {"position": 0, "anchor": "m1", "anchorOffset": 0, "limit": 5, "calculateTotal": True}
SORTED: Json = {"property": "receivedAt", "isAscending": True, "collation": "i;octet"}
EMAILS: Json = {
    "inMailbox": "f1", "inMailboxOtherThan": ["f2"], "hasKeyword": "$seen", "notKeyword": "$flagged",
    "before": "2026-01-01T00:00:00Z", "after": "2025-01-01T00:00:00Z", "hasAttachment": True,
    "text": "a", "from": "a", "to": "a", "cc": "a", "bcc": "a", "subject": '"a b"', "body": "a*",
    "minSize": 1, "maxSize": 9, "header": ["Subject", "a"], "allInThreadHaveKeyword": "$seen",
    "someInThreadHaveKeyword": "$seen", "noneInThreadHaveKeyword": "$seen",
    "poststelle:category": "a", "poststelle:isOther": True,
}  # fmt: skip
SUBMISSIONS: Json = {
    "identityIds": ["i1"], "emailIds": ["m1"], "threadIds": ["t1"], "undoStatus": "final",
    "before": "2026-01-01T00:00:00Z", "after": "2025-01-01T00:00:00Z",
}  # fmt: skip
FOLDERS: Json = {"parentId": "f1", "name": "a", "role": "inbox", "hasAnyRole": True, "isSubscribed": True}

ARGUMENTS: list[tuple[str, Json]] = [
    ("Email/query", {"filter": EMAILS, "sort": [SORTED], "collapseThreads": True, **WINDOW}),
    (
        "Email/query",
        {
            "sort": [{"property": "hasKeyword", "keyword": "$seen"}, {"property": "subject"}],
            **{**WINDOW, "anchor": None},
        },
    ),
    ("Email/query", {"filter": {"operator": "NOT", "conditions": [EMAILS]}}),
    ("SearchSnippet/get", {"filter": {"operator": "OR", "conditions": [EMAILS]}, "emailIds": ["m1"]}),
    (
        "Email/queryChanges",
        {
            "filter": EMAILS, "sort": [SORTED], "sinceQueryState": "1.1", "maxChanges": 5, "upToId": "m1",
            "calculateTotal": True, "collapseThreads": True,
        },
    ),
    (
        "Mailbox/query",
        {
            "filter": FOLDERS, "sort": [{"property": "name", "isAscending": True}], "sortAsTree": False,
            "filterAsTree": False, **WINDOW,
        },
    ),
    (
        "EmailSubmission/query",
        {"filter": SUBMISSIONS, "sort": [SORTED | {"property": "sentAt"}], **WINDOW, "anchor": "s1"},
    ),
    ("EmailSubmission/queryChanges", {"sinceQueryState": "1.1", "maxChanges": 5}),
    ("EmailSubmission/get", {"ids": ["s1"], "properties": ["id", "sendAt"]}),
    ("EmailSubmission/changes", {"sinceState": "1.1", "maxChanges": 5}),
    ("Identity/get", {"ids": ["i1"], "properties": ["id", "name"]}),
    ("Identity/changes", {"sinceState": "1.1", "maxChanges": 5}),
    ("Identity/set", {"create": {}, "update": {"i999999": {"name": "x"}}, "destroy": ["i999999"]}),
    ("Mailbox/queryChanges", {"sinceQueryState": "1.1", "filter": {"name": "x"}, "sort": [], "upToId": "f1"}),
    ("Email/get", {"ids": ["m1"], "properties": ["id"], "bodyProperties": ["size"], "maxBodyValueBytes": 5}),
    (
        "Email/parse",
        {
            "blobIds": ["bm1-p2"], "properties": ["header:To:asAddresses"], "bodyProperties": ["headers"],
            "fetchTextBodyValues": True, "fetchHTMLBodyValues": True, "fetchAllBodyValues": True,
            "maxBodyValueBytes": 5,
        },
    ),
    ("Blob/upload", {"create": {"k": {"data": [{"blobId": "bx", "offset": 1, "length": 1}], "type": "a/b"}}}),
    (
        "Blob/get",
        {"ids": ["bx"], "properties": ["data", "size", "digest:sha-256"], "offset": 1, "length": 1},
    ),
    ("Blob/lookup", {"ids": ["bx"], "typeNames": ["Email"]}),
    ("Blob/copy", {"fromAccountId": "a9999", "blobIds": ["bx"]}),
    ("Email/set", {"create": {}, "update": {}, "destroy": ["m9999999"], "ifInState": "1.1"}),
    (
        "Email/import",
        {
            "emails": {
                "k": {
                    "blobId": "bu9999999", "mailboxIds": {"f9999999": True}, "keywords": {"$seen": True},
                    "receivedAt": "2026-01-01T00:00:00Z",
                }
            },
            "ifInState": "1.1",
        },
    ),
    (
        "Email/copy",
        {
            "fromAccountId": "a9999", "create": {"k": {"id": "m1", "mailboxIds": {"f9999999": True}}},
            "ifInState": "1.1", "ifFromInState": "1.1", "onSuccessDestroyOriginal": True,
            "destroyFromIfInState": "1.1",
        },
    ),
    ("Thread/get", {"ids": ["t1"], "properties": ["emailIds"]}),
    ("Answer/get", {"ids": ["m1"], "properties": ["answers"]}),
    ("SyncState/get", {"ids": ["a1"]}),
    ("Presence/get", {"ids": ["m1-u1"], "properties": ["name"]}),
    ("Presence/announce", {"clientId": "c", "reading": ["m9999999"], "answering": ["m9999998"]}),
    ("Quota/get", {"ids": ["uploads-count"], "properties": ["used"]}),
    ("Quota/changes", {"sinceState": "1.1", "maxChanges": 5}),
    (
        "Quota/query",
        {
            "filter": {"name": "a", "scope": "account", "resourceType": "count", "type": "Blob"},
            "sort": [{"property": "name", "isAscending": True}], "position": 0, "calculateTotal": True,
        },
    ),
    ("Principal/get", {"ids": ["u1"], "properties": ["name"]}),
    (
        "Principal/query",
        {
            "filter": {
                "accountIds": ["a1"], "email": "a", "name": "a", "text": "a", "type": "individual",
                "timeZone": "Europe/Berlin",
            },
            "sort": [{"property": "name"}], "anchorOffset": 1, "limit": 5,
        },
    ),
    ("Principal/set", {"create": {"k": {"name": "a"}}, "update": {"u1": {"name": "a"}}, "destroy": ["u1"]}),
    ("ShareNotification/get", {"ids": ["n1"], "properties": ["name"]}),
    (
        "ShareNotification/query",
        {
            "filter": {
                "after": "2025-01-01T00:00:00Z", "before": "2026-01-01T00:00:00Z", "objectType": "Mailbox",
                "objectAccountId": "a1",
            },
            "sort": [{"property": "created"}],
        },
    ),
    ("ShareNotification/set", {"create": {"k": {}}, "update": {"n1": {}}, "destroy": ["n9999999"]}),
    ("VacationResponse/get", {"ids": ["singleton"], "properties": ["isEnabled"]}),
    ("VacationResponse/set", {"create": {"k": {}}, "update": {"x": {}}, "destroy": ["singleton"]}),
    ("PushSubscription/get", {"ids": ["p1"], "properties": ["types"]}),
    ("Mailbox/set", {"create": {}, "update": {}, "destroy": ["f9999999"], "onDestroyRemoveEmails": False}),
    (
        "EmailSubmission/set",
        {
            "create": {}, "update": {"s9999999": {"undoStatus": "canceled"}}, "destroy": ["s9999999"],
            "onSuccessUpdateEmail": {"#k": {"keywords/$draft": None, "mailboxIds": {}}},
            "onSuccessDestroyEmail": ["#k"],
        },
    ),
]  # fmt: skip

PUSH: Json = {
    "deviceClientId": "d", "url": "http://a.example", "keys": {"p256dh": "AA", "auth": "AA"},
    "expires": "2099-01-01T00:00:00Z", "types": ["Email"], "verificationCode": "a",
    "poststelle:arrivals": {"a1": "inbox"},
}  # fmt: skip
PART: Json = {
    "partId": "p", "blobId": None, "type": "text/html", "name": "a", "disposition": "inline", "cid": "c",
    "subParts": None,
}  # fmt: skip
FILE: Json = {"blobId": "bm9999999-0", "type": "text/plain", "name": "a", "disposition": "inline", "cid": "c"}
SENDER: Json = {"name": "A", "email": "a@b.example"}
DRAFT: Json = {
    "mailboxIds": {"f9999999": True}, "keywords": {"$draft": True, "$seen": True}, "from": [SENDER],
    "sender": [SENDER], "to": [SENDER], "subject": "S", "sentAt": "2026-01-01T00:00:00Z",
    "messageId": ["a@b"], "inReplyTo": ["a@b"], "references": ["a@b"],
    "bodyValues": {"p": {"value": "T", "isTruncated": False, "isEncodingProblem": False}},
    "poststelle:importance": "high", "poststelle:answers": "m9999999", "poststelle:receipt": "asked",
}  # fmt: skip
PATCH: Json = {
    "keywords/$seen": True, "mailboxIds": {"f9999999": True}, "poststelle:categories": ["a"],
    "poststelle:importance": "low", "poststelle:dueAt": "2026-01-01T00:00:00Z", "poststelle:isOther": True,
}  # fmt: skip
HELD: Json = {
    "mailFrom": {"email": "a@b.example", "parameters": {"holduntil": "2026-01-01T00:00:00Z"}},
    "rcptTo": [{"email": "a@b.example", "parameters": None}],
}
SENDING: Json = {"identityId": "i9999999", "emailId": "m9999999", "poststelle:marks": {"m1": "$answered"}}

KEPT: Json = {
    "partId": None, "type": "text/plain", "charset": "utf-8", "size": 1, "name": "a",
    "disposition": "attachment", "cid": "c", "language": ["de"], "location": "https://a.example",
    "header:X-A": " a",
}  # fmt: skip
WRITTEN: Json = {
    "mailboxIds": {"f9999999": True}, "keywords": {"$seen": True}, "from": [SENDER], "sender": [SENDER],
    "to": [SENDER], "replyTo": [SENDER], "subject": "S", "sentAt": "2026-01-01T00:00:00+02:00",
    "receivedAt": "2026-01-01T00:00:00Z", "messageId": ["a@b"], "references": ["a@b"],
    "bodyValues": {"p": {"value": "T", "isTruncated": False, "isEncodingProblem": False}},
    "poststelle:importance": "high", "poststelle:answers": "m9999999",
    "header:Cc:asGroupedAddresses": [{"name": "a", "addresses": [SENDER]}],
    "header:Bcc:asAddresses": [SENDER],
    "header:List-Post:asURLs": ["https://a.example"], "header:Resent-Date:asDate": "2026-01-01T00:00:00Z",
    "header:In-Reply-To:asMessageIds": ["a@b"], "header:X-B:asText:all": ["a"], "header:X-C": " a",
}  # fmt: skip

INBOX = "Posteingang"  # taken where there is no parent
OBJECTS: list[tuple[str, str, Json]] = [
    ("Email/set", "create", DRAFT | {"htmlBody": [PART], "attachments": [FILE]}),
    (
        "Email/set",
        "create",
        DRAFT | {"bodyStructure": {"type": "multipart/mixed", "subParts": [PART, FILE]}},
    ),
    (
        "Email/set",
        "create",
        DRAFT
        | {
            "header:X-A:asGroupedAddresses": [{"name": "a", "addresses": [{"name": "a", "email": "a@b"}]}],
            "header:X-B:asURLs:all": [["https://a.example"]],
            "header:X-C:asDate": "2026-01-01T00:00:00Z",
            "header:X-D": " a",
        },
    ),
    ("Email/set", "update", PATCH),
    ("Mailbox/set", "create", {"name": INBOX, "parentId": "f9999999", "role": None, "isSubscribed": True}),
    ("Mailbox/set", "update", {"name": "A", "parentId": "f9999999", "role": None, "sortOrder": 0}),
    ("EmailSubmission/set", "create", SENDING | {"envelope": HELD}),
    ("EmailSubmission/set", "create", SENDING | {"sendAt": "2026-01-01T00:00:00Z"}),
    ("EmailSubmission/set", "update", {"undoStatus": "canceled"}),
]


def places(whole: Any) -> Iterator[tuple[Any, ...]]:
    """The path of every value in ``whole``, itself included."""
    yield ()
    inner = whole.items() if isinstance(whole, dict) else enumerate(whole) if isinstance(whole, list) else ()
    for key, value in inner:
        for path in places(value):
            yield (key, *path)


def changed(whole: Any, path: tuple[Any, ...], odd: Any) -> Any:
    """A copy with ``odd`` in that place."""
    if not path:
        return odd
    other = copy.copy(whole)
    other[path[0]] = changed(whole[path[0]], path[1:], odd)
    return other


def variants(whole: Any) -> list[Any]:
    return [changed(whole, path, odd) for path in places(whole) for odd in ODD]


def portions(some: list[Any], size: int) -> Iterator[list[Any]]:
    for first in range(0, len(some), size):
        yield some[first : first + size]


def answered(desk: Desk, calls: list[Any]) -> list[Any]:
    """The answers to these calls, none of which is a failure of ours."""
    answer = desk.anna.send("POST", "/jmap/api", {"using": USING, "methodCalls": calls})
    assert answer.status == 200, (answer.status, answer.body[:500])
    told = list(answer.json["methodResponses"])
    failed = [body for name, body, _ in told if name == "error" and body["type"] == "serverFail"]
    broken = [call for call in calls if any(i == call[2] and b in failed for _, b, i in told)]
    assert not failed, (failed, json.dumps(broken)[:3000])
    return told


@pytest.mark.parametrize(
    ("method", "whole"), ARGUMENTS, ids=[f"{m}-{n}" for n, (m, _) in enumerate(ARGUMENTS)]
)
def test_any_value_in_any_argument_is_answered(desk: Desk, method: str, whole: Json) -> None:
    """And the same arguments without the odd value are understood."""
    account = {} if method.startswith("PushSubscription/") else {"accountId": desk.account}
    [[_, told, _], *_] = answered(desk, [[method, account | whole, "0"]])
    assert told.get("type") not in {"invalidArguments", "unsupportedFilter", "unsupportedSort"}, told
    odd = [one for one in variants(whole) if isinstance(one, dict)]
    for some in portions(odd, CALLS_AT_ONCE):
        answered(desk, [[method, account | args, str(n)] for n, args in enumerate(some)])


@pytest.mark.parametrize(
    ("method", "verb", "whole"), OBJECTS, ids=[f"{m}-{v}-{n}" for n, (m, v, _) in enumerate(OBJECTS)]
)
def test_any_value_in_any_object_is_answered(desk: Desk, method: str, verb: str, whole: Json) -> None:
    """Each object is refused by itself: the call goes on."""
    letter = {"Email/set": "m", "Mailbox/set": "f", "EmailSubmission/set": "s"}[method]
    for some in portions(variants(whole), OBJECTS_AT_ONCE):
        objects = {f"{letter}{9_000_000 + n}": one for n, one in enumerate(some)}
        [[name, told, _]] = answered(desk, [[method, {"accountId": desk.account, verb: objects}, "0"]])
        refused = told["notCreated" if verb == "create" else "notUpdated"]
        assert name == method and len(refused) == len(objects)


@pytest.mark.parametrize("body", ["lists", "tree"])
def test_any_value_in_a_message_that_is_written_whole_is_answered(office: Office, body: str) -> None:
    """In an internal mailbox, where everything may be said."""
    shelf = new_shelf(office)
    parts = [PART | {"subParts": None}, KEPT | {"blobId": shelf.upload(b"a")}]
    whole = {
        "lists": {"htmlBody": parts[:1], "attachments": parts[1:]},
        "tree": {"bodyStructure": {"type": "multipart/mixed", "subParts": parts, "header:X-D": " a"}},
    }[body]
    desk = Desk(office, "", shelf.account, shelf.anna)
    for some in portions([WRITTEN | whole, *variants(WRITTEN | whole)], OBJECTS_AT_ONCE):
        create = {f"k{n}": one for n, one in enumerate(some)}
        [[name, told, _]] = answered(
            desk, [["Email/set", {"accountId": shelf.account, "create": create}, "0"]]
        )
        assert name == "Email/set" and len(told["notCreated"]) == len(create), told["created"]
        wrong = {why["type"] for why in told["notCreated"].values()}
        assert wrong <= {"invalidProperties", "blobNotFound", "tooManyMailboxes"}, wrong


def test_any_value_in_a_push_subscription_is_answered(desk: Desk) -> None:
    """Of none comes one: the address is refused in any case."""
    create = {f"k{n}": one for n, one in enumerate(variants(PUSH))}
    [[name, told, _]] = answered(desk, [["PushSubscription/set", {"create": create}, "0"]])
    assert name == "PushSubscription/set" and len(told["notCreated"]) == len(create)


@pytest.mark.parametrize("name", ["messageId", "inReplyTo", "references", "attachments"])
def test_a_name_holds_no_control_character(desk: Desk, name: str) -> None:
    """PostgreSQL keeps no NUL: it is refused where the property can still be named."""
    folder = desk.anna.folder(desk.account, "drafts")["id"]
    odd = [FILE | {"cid": "a\0b"}] if name == "attachments" else ["a\0b"]
    email = {"mailboxIds": {folder: True}, "keywords": {"$draft": True}, name: odd}
    answer = desk.anna.call("Email/set", accountId=desk.account, create={"k": email})
    refused = answer["notCreated"]["k"]
    assert (refused["type"], refused["properties"]) == ("invalidProperties", [name])


def test_any_value_in_a_request_about_the_queue_is_refused(desk: Desk) -> None:
    """As the body of a copy or a look, and in the address of what waits; nothing is done."""
    base = f"/api/mailboxes/{desk.account}"
    bodies = {"copies": {"message": "m9999999", "folder": "f9999999"}, "look": {"folder": "f9999999"}}
    bodies["folders/f9999999/empty"] = {"up_to": "m9999999"}
    tried = [("POST", route, body) for route, whole in bodies.items() for body in variants(whole)]
    for odd in ODD:
        spelled = quote(odd if isinstance(odd, str) else json.dumps(odd), safe="")
        tried += [("POST", f"queue/{spelled}/send", None), ("DELETE", f"queue/{spelled}", None)]
        tried.append(("POST", f"folders/{spelled}/empty", None))
    told = [(one, desk.anna.send(one[0], f"{base}/{one[1]}", one[2]).status) for one in tried]
    assert [one for one in told if not 400 <= one[1] < 500] == []
