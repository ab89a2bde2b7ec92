"""Which account the session calls primary for what."""

from __future__ import annotations

from typing import Any, cast

import pytest

from poststelle.http.jmap.limits import MAIL, PRINCIPALS, SUBMISSION, VACATION
from poststelle.http.jmap.session import Reachable, session_json
from poststelle.model.account import Account, AccountState, AccountType
from poststelle.model.ids import AccountId
from poststelle.model.rights import Level


def reachable(number: int, address: str, level: Level, *, is_internal: bool = False) -> Reachable:
    type_ = AccountType.LOCAL if is_internal else AccountType.GRAPH
    facts: Any = {
        "id": AccountId(number),
        "type": type_,
        "address": f"{address}@beispiel.example",
        "name": address,
        "state": AccountState.CONNECTED,
    }
    given = {name: facts.get(name) for name in Account.__dataclass_fields__}
    return Reachable(Account(**cast(Any, given)), level)


ARCHIVE = reachable(1, "archiv", Level.MANAGE, is_internal=True)
BOOKS = reachable(2, "buch", Level.READ)
INFO = reachable(3, "info", Level.SEND)
OFFICE = reachable(4, "kanzlei", Level.SEND)
NOTES = reachable(5, "notizen", Level.READ, is_internal=True)


@pytest.mark.parametrize(
    ("those", "primary", "sends", "replies"),
    [
        ([ARCHIVE, BOOKS, INFO, OFFICE], "a3", "a3", "a3"),
        ([ARCHIVE, BOOKS], "a1", None, "a2"),
        ([BOOKS, NOTES], "a2", None, "a2"),
        ([NOTES], "a5", None, None),
        ([], None, None, None),
    ],
)
def test_mail_is_read_where_it_is_sent(
    those: list[Reachable], primary: str | None, sends: str | None, replies: str | None
) -> None:
    """One account for everything it can do, others for what it lacks alone. Source: RFC 8620 §2."""
    told = session_json("anna", those, principal="u1", base="", vapid_key="")["primaryAccounts"]
    assert (told.get(MAIL), told.get(PRINCIPALS)) == (primary, primary)
    assert (told.get(SUBMISSION), told.get(VACATION)) == (sends, replies)
