"""A demonstration some way into the story, led there over HTTP so that a test can begin at its own page."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from tests.e2e.demo import Demo
from tests.e2e.visitor import DEMO_PASSWORD, MAILBOX, MICROSOFT_PASSWORD
from tests.flow.jmap.client import Client, eventually
from tests.sim.identity.browser import Browser

from m365sim.control.client import ControlClient

SHARED = "vermietung@buero-lindner.example"
NEEDS_APPROVAL = "verwaltung@hausverwaltung-nord.example"
SETTINGS = "/api/settings/microsoft"
PERSONAL = "buero.lindner@outlook.example"


@dataclass(frozen=True)
class Prepared:
    """``accounts``: the account id by address. Anna and Thomas are assigned to all of them."""

    demo: Demo
    control: ControlClient
    accounts: dict[str, str]
    admin: Client
    anna: Client


def prepare(demo: Demo) -> Prepared:
    """Add four mailboxes, assign two people, connect the first and wait until it is synchronised."""
    admin = Client(demo.url).log_in("sabine", DEMO_PASSWORD)
    anna = Client(demo.url).log_in("anna", DEMO_PASSWORD)
    users = {u["login"]: u["id"] for u in admin.ok("GET", "/api/users")["users"]}
    accounts = {}
    for address in (MAILBOX, SHARED, NEEDS_APPROVAL, PERSONAL):
        added = admin.ok("POST", "/api/accounts", {"address": address, "confirm": True})
        accounts[address] = added["id"]
        for login in ("anna", "thomas"):
            path = f"/api/accounts/{added['id']}/users/{users[login]}"
            admin.ok("PUT", path, {"level": "send", "confirm": True})
    connect(demo, anna, accounts[MAILBOX])
    control = ControlClient(demo.pages_url)
    eventually(lambda: anna.sync_state(accounts[MAILBOX])["phase"] != "first", timeout_s=90, every_s=0.3)
    return Prepared(demo, control, accounts, admin, anna)


def connect(demo: Demo, person: Client, account: str, password: str = MICROSOFT_PASSWORD) -> None:
    """The way to Microsoft and back of somebody who is assigned; messages are arriving from now on."""
    url = person.ok("POST", f"/sign-in/microsoft/{account}", {"confirm": True})["url"]
    browser = Browser(demo.pages_url).open(url)
    browser.press("signin", passwd=password)
    if browser.has("button#accept"):
        browser.press("accept")
    back = urlsplit(browser.left_for)
    answer = person.get(f"{back.path}?{back.query}")
    assert answer.headers.get("location") == f"/mail/{account}?signed_in=1", answer


def identity(prepared: Prepared, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """The control of the simulated identity platform."""
    octets = None if body is None else json.dumps(body).encode()
    request = Request(f"{prepared.demo.pages_url}/control/identity{path}", octets, method=method)
    with urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())
