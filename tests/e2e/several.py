"""Somebody with several mailboxes: three with mail, one of them to be read only, one without a sign-in."""

from datetime import UTC, datetime, timedelta
from functools import partial

from tests.e2e.prepared import SHARED, Prepared, connect
from tests.e2e.visitor import DEMO_PASSWORD, MAILBOX, MICROSOFT_PASSWORD
from tests.flow.jmap.client import Client, eventually

LOGIN, NAME = "karla", "Karla Brandt"
DOMAIN, TENANT = "mehrere.example", "5e5e0000-0000-4000-8000-000000000001"
SALES = f"angebote@{DOMAIN}"
ACCOUNTING = f"buchhaltung@{DOMAIN}"
LETTERS = (
    (SALES, "Kaufvertrag Lindenallee 3", "Der Notar schlägt den 14. Dezember um 10 Uhr vor."),
    (ACCOUNTING, "Rechnung 2026-118", "Anbei die Rechnung für die Hausverwaltung."),
    (MAILBOX, "Schlüsselübergabe", "Können wir uns am Freitag um 9 Uhr treffen?"),
    (SALES, "Interesse an der Parkstraße", "Ist die Wohnung noch zu haben?"),
    (ACCOUNTING, "Mahnung Gaswerk", "Der Betrag ist seit dem 1. November fällig."),
    (SALES, "Finanzierung bestätigt", "Unsere Bank hat zugesagt."),
)
SENDERS = ("Kilian Roth <kilian@roth.example>", "Jana Vogt <jana@vogt.example>")
LEVELS = {MAILBOX: "send", SALES: "send", ACCOUNTING: "read", SHARED: "send"}


def minutes_ago(minutes: int) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


def is_held(person: Client, account: str, subject: str) -> bool:
    return bool(person.query_all(account, filter={"subject": subject}))


def prepare_several(prepared: Prepared) -> dict[str, str]:
    """Make the person, the mailboxes and their letters, once; answers the account id by address."""
    admin, control = prepared.admin, prepared.control
    known = {str(row["address"]): str(row["id"]) for row in admin.ok("GET", "/api/accounts")["accounts"]}
    if SALES in known:
        return {address: known[address] for address in LEVELS}
    user = admin.ok("POST", "/api/users", {"login": LOGIN, "name": NAME, "password": DEMO_PASSWORD})["id"]
    control.identity(
        "PUT", f"/tenants/{TENANT}", {"domain": DOMAIN, "name": "Büro", "consent_policy": "users_may_consent"}
    )
    for address, name in ((SALES, "Angebote"), (ACCOUNTING, "Buchhaltung")):
        user_there = {
            "tenant": TENANT,
            "password": MICROSOFT_PASSWORD,
            "display_name": name,
            "has_mailbox": True,
        }
        control.identity("PUT", f"/users/{address}", user_there)
        known[address] = admin.ok("POST", "/api/accounts", {"address": address, "confirm": True})["id"]
    for address, level in LEVELS.items():
        rights = {"level": "send" if address == ACCOUNTING else level, "confirm": True}
        admin.ok("PUT", f"/api/accounts/{known[address]}/users/{user}", rights)
    karla = Client(prepared.demo.url).log_in(LOGIN, DEMO_PASSWORD)
    for address in (SALES, ACCOUNTING):
        connect(prepared.demo, karla, known[address])
    for number, (address, subject, text) in enumerate(LETTERS):
        letter = {"from": SENDERS[number % 2], "receivedAt": minutes_ago(70 - 10 * number)}
        control.receive(address, subject=subject, text=text, **letter)
    for address, subject, _ in LETTERS:
        eventually(partial(is_held, karla, known[address], subject), every_s=0.3)
    rights = {"level": LEVELS[ACCOUNTING], "confirm": True}
    admin.ok("PUT", f"/api/accounts/{known[ACCOUNTING]}/users/{user}", rights)
    return {address: known[address] for address in LEVELS}
