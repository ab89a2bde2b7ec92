"""The session object and who may have it."""

from tests.flow.jmap.client import CORE, MAIL, OURS, Client
from tests.flow.jmap.conftest import Desk
from tests.flow.jmap.office import Office


def test_the_well_known_address_leads_to_the_session(desk: Desk) -> None:
    """A JMAP client that knows only the host finds the session resource."""
    answer = desk.anna.get("/.well-known/jmap")

    assert (answer.status, answer.headers["location"]) == (307, "/jmap/session")


def test_the_session_names_accounts_capabilities_and_addresses(desk: Desk) -> None:
    """All that RFC 8620 §2 asks for is there, and the addresses work as they stand."""
    session = desk.anna.ok("GET", "/jmap/session")

    assert {CORE, MAIL, OURS} <= session["capabilities"].keys()
    account = session["accounts"][desk.account]
    assert account["isPersonal"] is False
    assert account["isReadOnly"] is False
    assert account["accountCapabilities"][MAIL]["maxMailboxesPerEmail"] == 1
    assert (
        account["accountCapabilities"][MAIL]["maxSizeAttachmentsPerEmail"] == 25_000_000
    )  # what is usual there
    assert account["accountCapabilities"][OURS]["maxSizeAttachmentsTaken"] == 150 * 1024 * 1024
    assert session["primaryAccounts"][MAIL] in session["accounts"]
    assert session["username"] == "anna"
    assert session["apiUrl"] == f"{desk.office.server.url}/jmap/api"
    for name in ("{accountId}", "{blobId}", "{name}", "{type}"):
        assert name in session["downloadUrl"]
    for name in ("{types}", "{closeafter}", "{ping}"):
        assert name in session["eventSourceUrl"]


def test_every_answer_carries_the_session_state(desk: Desk) -> None:
    """A client sees in each answer whether its session object is still true."""
    session = desk.anna.ok("GET", "/jmap/session")
    answer = desk.anna.request(("Core/echo", {}, "0"))

    assert answer["sessionState"] == session["state"]


def test_the_session_state_moves_with_the_assignments(office: Office, desk: Desk) -> None:
    """A new assignment changes the session's state and its accounts."""
    paula = office.person("paula")
    before = paula.ok("GET", "/jmap/session")
    office.assign(desk.account, "paula", "read")
    after = paula.ok("GET", "/jmap/session")
    office.unassign(desk.account, "paula")

    assert desk.account not in before["accounts"]
    assert after["accounts"][desk.account]["isReadOnly"] is True
    assert after["state"] != before["state"]
    assert paula.ok("GET", "/jmap/session") == before


def test_without_a_login_nothing_is_told(office: Office, desk: Desk) -> None:
    """Every door of the mail API answers 401 to somebody without a login."""
    nobody = Client(office.server.url)
    statuses = {
        nobody.get("/jmap/session").status,
        nobody.post("/jmap/api", {"using": [CORE], "methodCalls": []}).status,
        nobody.get("/jmap/eventsource?types=*&closeafter=no&ping=0").status,
        nobody.download(desk.account, "bm1").status,
    }

    assert statuses == {401}


def test_a_form_of_another_site_cannot_call_the_api(desk: Desk) -> None:
    """The cookie alone is not enough: without our header the call is refused."""
    body = {"using": [CORE], "methodCalls": [["Core/echo", {}, "0"]]}
    answer = desk.anna.post("/jmap/api", body, **{"X-Poststelle": "0"})

    assert answer.status == 403


def test_after_logout_the_cookie_opens_nothing(office: Office) -> None:
    """The login ends at the server, not only in the browser."""
    office.person("anna")
    anna = office.log_in("anna")
    kept = dict(anna.cookies)
    anna.ok("POST", "/api/logout")
    thief = Client(office.server.url, cookies=kept)

    assert thief.get("/jmap/session").status == 401
