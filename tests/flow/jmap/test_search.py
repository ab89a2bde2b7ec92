"""Searching over JMAP: Email/query by words, SearchSnippet/get. What words find: ``tests/store``."""

from typing import Any

import pytest
from tests.flow.jmap.client import CORE, MAIL, Json, eventually
from tests.flow.jmap.conftest import BEGAN, Desk, attachment, new_desk
from tests.flow.jmap.office import Office


@pytest.fixture(scope="module")
def own(office: Office) -> Desk:
    """Three letters; what they say is told apart by single words."""
    plan = attachment("Grundriß Süd.pdf", "application/pdf", b"%PDF-1.4")
    at = BEGAN.isoformat()
    return new_desk(
        office,
        {"subject": "Erste Anfrage", "from": "Jörg Müller <joerg@kunden.example>",
         "html": "<p>Bitte die <b>Größe</b> &amp; den Preis</p>", "receivedAt": at, "isRead": True},
        {"subject": "Zweite Anfrage", "from": "Anna <anna@kunden.example>", "text": "Rechnung anbei",
         "attachments": [plan], "receivedAt": at},
        {"subject": "Dritte", "from": "Anna <anna@kunden.example>", "text": "nichts", "receivedAt": at},
    )  # fmt: skip


def subjects(desk: Desk, where: Json, **args: Any) -> set[str]:
    found = desk.anna.call("Email/query", accountId=desk.account, filter=where, calculateTotal=True, **args)
    emails = desk.anna.emails(desk.account, found["ids"], "subject")
    assert found["total"] == len(emails)
    return {email["subject"] for email in emails}


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        ({"text": "anfrage"}, {"Erste Anfrage", "Zweite Anfrage"}),
        ({"text": "anfrage groesse"}, {"Erste Anfrage"}),
        ({"from": "mueller"}, {"Erste Anfrage"}),
        ({"to": "mueller"}, set()),
        ({"subject": "anf*"}, {"Erste Anfrage", "Zweite Anfrage"}),
        ({"body": '"rechnung anbei"'}, {"Zweite Anfrage"}),
        ({"header": ["subject", "dritte"]}, {"Dritte"}),
        ({"header": ["Subject"], "text": "nichts"}, {"Dritte"}),
        ({"text": "anfrage", "hasKeyword": "$seen"}, {"Erste Anfrage"}),
        ({"operator": "OR", "conditions": [{"text": "groesse"}, {"body": "nichts"}]},
         {"Erste Anfrage", "Dritte"}),
        ({"operator": "NOT", "conditions": [{"text": "anfrage"}]}, {"Dritte"}),
        ({"operator": "AND", "conditions": [{"text": "anna"},
                                            {"operator": "NOT", "conditions": [{"text": "rechnung"}]}]},
         {"Dritte"}),
        ({"operator": "OR", "conditions": []}, set()),
        ({"text": "  "}, set()),
    ],
)  # fmt: skip
def test_words_choose(own: Desk, where: Json, wanted: set[str]) -> None:
    """Alone, with other conditions, and combined by operators."""
    assert subjects(own, where) == wanted


def test_the_name_of_a_file_is_found_once_it_is_listed(own: Desk) -> None:
    """Attachments come a little later than their message."""
    eventually(lambda: subjects(own, {"text": "grundriss sued.pdf"}) == {"Zweite Anfrage"})


def test_a_draft_is_found_as_soon_as_it_is_stored(own: Desk) -> None:
    """A search looks at what was there before it was asked, also in the same request."""
    drafts = own.anna.folder(own.account, "drafts")["id"]
    draft = {"mailboxIds": {drafts: True}, "keywords": {"$draft": True}, "subject": "Entwurf Übersicht"}
    where = {"text": "uebersicht", "inMailbox": drafts}
    answers = own.anna.request(
        ("Email/set", {"accountId": own.account, "create": {"k": draft}}, "0"),
        ("Email/query", {"accountId": own.account, "filter": where}, "1"),
    )["methodResponses"]

    assert answers[1][1]["ids"] == [answers[0][1]["created"]["k"]["id"]]
    own.anna.call("Email/set", accountId=own.account, destroy=answers[1][1]["ids"])
    assert subjects(own, where) == set()


def test_snippets_show_what_was_found(own: Desk) -> None:
    """Marked and escaped; an unknown message is named; without a match there is nothing to show."""
    where = {"operator": "AND", "conditions": [{"text": "anfrage"}, {"text": "groesse"}]}
    [found] = own.anna.call("Email/query", accountId=own.account, filter=where)["ids"]
    [other] = own.anna.call("Email/query", accountId=own.account, filter={"text": "dritte"})["ids"]
    answer = own.anna.call(
        "SearchSnippet/get", accountId=own.account, filter=where, emailIds=[found, other, "m9999999", "x"]
    )

    assert answer["list"] == [
        {"emailId": found, "subject": "Erste <mark>Anfrage</mark>",
         "preview": "Bitte die <mark>Größe</mark> &amp; den Preis"},
        {"emailId": other, "subject": None, "preview": None},
    ]  # fmt: skip
    assert answer["notFound"] == ["m9999999", "x"]


def test_a_search_tells_what_it_can_tell(own: Desk) -> None:
    """It can't tell changes; with our capability it says whether all was searched; SyncState says so too."""
    args = {"accountId": own.account, "filter": {"text": "anfrage"}}
    found = own.anna.call("Email/query", **args)
    assert (found["canCalculateChanges"], found["poststelle:isComplete"]) == (False, True)
    eventually(lambda: own.anna.sync_state(own.account)["toIndex"] == 0)
    refused = own.anna.refusal("Email/queryChanges", sinceQueryState=found["queryState"], **args)
    assert refused == "cannotCalculateChanges"
    plain = own.anna.request(("Email/query", args, "0"), using=[CORE, MAIL])["methodResponses"][0][1]
    assert "poststelle:isComplete" not in plain


def test_a_filter_has_its_limits(own: Desk) -> None:
    """Too deep or too wide is refused by name, in no time."""
    deep: Json = {"text": "a"}
    for _ in range(50):
        deep = {"operator": "NOT", "conditions": [deep]}
    wide = {"operator": "OR", "conditions": [{"text": "a"}] * 300}
    wordy = {"operator": "OR", "conditions": [{"text": "a b c d e f g h i j k"}] * 10}
    threads = {"operator": "NOT", "conditions": [{"someInThreadHaveKeyword": f"k{n}"} for n in range(11)]}
    for where in (deep, wide, wordy, threads):
        assert own.anna.refusal("Email/query", accountId=own.account, filter=where) == "unsupportedFilter"
        args = {"filter": where, "emailIds": []}
        assert own.anna.refusal("SearchSnippet/get", accountId=own.account, **args) == "unsupportedFilter"


def test_no_header_holds_a_nul(own: Desk) -> None:
    """PostgreSQL could not even look for one."""
    where = {"header": ["Message-ID", "a\x00"]}
    assert own.anna.refusal("Email/query", accountId=own.account, filter=where) == "invalidArguments"


def test_a_message_id_may_be_looked_for_at_any_length(own: Desk) -> None:
    """SQLite compares no pattern of more than 50,000 octets."""
    for text in ("x" * 60_000, "%" * 60_000, "_"):
        where = {"header": ["Message-ID", text]}
        assert own.anna.call("Email/query", accountId=own.account, filter=where)["ids"] == [], text[:1]


def test_nobody_else_may_search(own: Desk, office: Office) -> None:
    """Without an assignment the account does not exist, for snippets neither."""
    stranger = office.person("boris")
    for name, args in (("Email/query", {}), ("SearchSnippet/get", {"emailIds": ["m1"]})):
        where = {"text": "anfrage"}
        assert stranger.refusal(name, accountId=own.account, filter=where, **args) == "accountNotFound"
