"""Settings > Basic settings > E-mail: adding, changing and deleting mailboxes."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.flow.admin.client import Client
from tests.flow.admin.conftest import actions, assign

ADDRESS = "info@buero-lindner.example"


def test_a_new_mailbox_waits_for_its_sign_in(admin: Client) -> None:
    """An address and the confirmed warning are enough; blanks around it go, letter case stays."""
    answer = admin.post("/api/accounts", {"address": "  Info@Buero-Lindner.example ", "confirm": True})

    row = answer.json
    assert answer.status == 201
    assert (row["id"], row["type"], row["address"]) == ("a1", "graph", "Info@buero-lindner.example")
    assert (row["state"], row["is_active"], row["users"], row["sign_in"]) == (
        "waiting_for_sign_in",
        True,
        [],
        None,
    )
    assert row["sync"] == {
        "phase": "idle", "expected": 0, "held": 0, "pending": 0, "problem": None, "problem_detail": None,
        "retry_at": None,
        "poll_s": None,
        "notified_until": None,
        "notify_problem": None,
    }  # fmt: skip
    assert row["created_at"].endswith("Z")
    assert admin.get("/api/accounts?type=external").json == {"accounts": [row]}
    assert admin.get("/api/accounts?type=internal").json == {"accounts": []}
    assert admin.get("/api/accounts/a1").json == row


def test_the_warning_must_be_confirmed(admin: Client) -> None:
    """Without the tick nothing is added; with it the audit trail keeps who confirmed."""
    answer = admin.post("/api/accounts", {"address": ADDRESS})
    assert (answer.status, answer.code) == (422, "confirmation_needed")
    assert admin.get("/api/accounts").json == {"accounts": []}

    admin.post("/api/accounts", {"address": ADDRESS, "confirm": True})
    newest = admin.get("/api/audit").json["entries"][0]
    assert (newest["action"], newest["user"]["name"], newest["detail"]) == (
        "account.created",
        "Sabine Lindner",
        {"confirmed": True},
    )


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("info", "missing_at"),
        ("info@", "domain"),
        ("Info <info@example.org>", "display_name"),
        ("a@example.org;b@example.org", "display_name"),
        ("", "empty"),
        ("x" * 300 + "@example.org", "too_long"),
    ],
)
def test_a_bad_address_is_refused_with_its_reason(admin: Client, address: str, reason: str) -> None:
    """The field and the reason are named, and nothing is added."""
    answer = admin.post("/api/accounts", {"address": address, "confirm": True})
    assert (answer.status, answer.code) == (422, "invalid_address")
    assert answer.params == {"field": "address", "reason": reason}
    assert admin.get("/api/accounts").json == {"accounts": []}


def test_the_same_mailbox_is_refused_however_it_is_written(admin: Client) -> None:
    """Capitals and the two forms of an international domain are the same address."""
    for first, again in ((ADDRESS, ADDRESS.upper()), ("a@büro.de", "A@xn--bro-hoa.de")):
        assert admin.post("/api/accounts", {"address": first, "confirm": True}).status == 201
        answer = admin.post("/api/accounts", {"address": again, "confirm": True})
        assert (answer.status, answer.code) == (409, "duplicate_address")


def test_two_administrators_add_the_same_mailbox_at_once(admin: Client) -> None:
    """Exactly one of them succeeds."""

    def add(number: int) -> int:
        address = ADDRESS.upper() if number % 2 else ADDRESS
        return admin.post("/api/accounts", {"address": address, "confirm": True}).status

    with ThreadPoolExecutor(10) as pool:
        statuses = sorted(pool.map(add, range(10)))

    assert statuses == [201] + [409] * 9


def test_options_are_changed_one_by_one(admin: Client, account: str) -> None:
    """The e-mail name and whether mail is fetched; what isn't sent stays."""
    assert admin.patch(f"/api/accounts/{account}", {"name": " Büro Lindner "}).json["name"] == "Büro Lindner"
    row = admin.patch(f"/api/accounts/{account}", {"is_active": False}).json
    assert (row["name"], row["is_active"]) == ("Büro Lindner", False)
    assert admin.patch(f"/api/accounts/{account}", {"name": ""}).json["name"] == ""
    assert admin.patch(f"/api/accounts/{account}", {"name": "a\nb"}).code == "invalid_name"
    changes = [
        e["detail"] for e in admin.get("/api/audit").json["entries"] if e["action"] == "account.changed"
    ]
    assert changes == [
        {"before": {"name": "Büro Lindner"}, "changed": {"name": ""}},
        {"before": {"is_active": True}, "changed": {"is_active": False}},
        {"before": {"name": ""}, "changed": {"name": "Büro Lindner"}},
    ]


def test_how_far_back_mail_is_fetched_is_chosen_and_kept_in_the_trail(admin: Client, account: str) -> None:
    """What would happen is told before; the same choice on the same day changes nothing."""
    path = f"/api/accounts/{account}/history"
    told = admin.get(f"{path}?months=12").json
    row = admin.put(path, {"months": 12}).json
    admin.put(path, {"months": 12})
    refused = [admin.put(path, {"months": months}).code for months in (0, 241, -1)]
    back = admin.put(path, {"months": None}).json
    trail = [e for e in admin.get("/api/audit").json["entries"] if e["action"] == "account.history_changed"]

    assert (told["months"], told["removes"], told["fetches_more"]) == (12, 0, False)
    assert (row["history_months"], row["history_from"]) == (12, told["begins"])
    assert refused == ["invalid_months"] * 3
    assert (back["history_months"], back["history_from"]) == (None, None)
    assert [e["detail"]["months"] for e in trail] == [None, 12]
    assert admin.get("/api/accounts/a999/history").code == "no_such_account"


def test_deleting_needs_the_address_typed(admin: Client, anna: Client, account: str) -> None:
    """A slip deletes nothing; the right address deletes the mailbox for everybody."""
    assign(admin, account, "u2")
    for typed in ("", "info", "vermietung@buero-lindner.example"):
        answer = admin.delete(f"/api/accounts/{account}", {"address": typed})
        assert (answer.status, answer.code) == (422, "address_mismatch")

    assert admin.delete(f"/api/accounts/{account}", {"address": f" {ADDRESS.upper()} "}).status == 200

    assert admin.get("/api/accounts").json == {"accounts": []}
    assert anna.get("/api/mailboxes").json == []
    assert admin.get(f"/api/accounts/{account}").code == "no_such_account"
    assert actions(admin)[-1] == "account.deleted"


def test_a_deleted_address_can_be_added_again_under_a_new_id(admin: Client, account: str) -> None:
    """Ids are never used twice."""
    admin.delete(f"/api/accounts/{account}", {"address": ADDRESS})
    again = admin.post("/api/accounts", {"address": ADDRESS, "confirm": True})
    assert (again.status, again.json["id"]) == (201, "a2")


def test_disconnecting_what_is_not_connected_changes_nothing(admin: Client, account: str) -> None:
    """It is the same afterwards, and the audit trail stays quiet."""
    before = admin.get(f"/api/accounts/{account}").json
    assert admin.post(f"/api/accounts/{account}/disconnect").json == before
    assert "account.disconnected" not in actions(admin)
