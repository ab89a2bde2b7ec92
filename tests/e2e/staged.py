"""States of the mail page that a demonstration comes to rarely, staged for pictures by editing answers."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from playwright.sync_api import Error, Route, expect
from tests.e2e.prepared import Prepared
from tests.e2e.visitor import DEMO_PASSWORD, MAILBOX, Visitor
from tests.flow.jmap.client import Client, eventually
from tests.flow.jmap.test_sending import USING

API = "**/jmap/api"
PORTION = 250  # what the page asks for at once
Stage = Callable[[Visitor, Prepared], None]
Answer = dict[str, Any]


def open_inbox(visitor: Visitor, prepared: Prepared) -> None:
    visitor.go(f"/mail/{prepared.accounts[MAILBOX]}")
    expect(visitor.rows.first).to_be_visible()


def in_folder(name: str) -> Stage:
    """A folder by its name."""

    def stage(visitor: Visitor, prepared: Prepared) -> None:
        account = prepared.accounts[MAILBOX]
        (folder,) = [f["id"] for f in prepared.anna.folders(account) if f["name"] == name]
        visitor.go(f"/mail/{account}/{folder}")

    return stage


def press_row(visitor: Visitor, number: int) -> None:
    visitor.rows.nth(number).click()
    expect(visitor.page.get_by_role("article")).to_be_visible()


def held_pictures(visitor: Visitor, prepared: Prepared) -> None:
    """A newsletter with pictures from outside."""
    in_folder("Newsletter")(visitor, prepared)
    expect(visitor.rows.first).to_be_visible()
    press_row(visitor, 0)
    expect(visitor.button("Show pictures")).to_be_visible()


def offline(visitor: Visitor, prepared: Prepared) -> None:
    """The line is cut while somebody reads."""
    open_inbox(visitor, prepared)
    press_row(visitor, 3)
    visitor.page.context.set_offline(True)
    expect(visitor.page.get_by_text(visitor.words("Offline – as of {asOf}", asOf=""))).to_be_visible()


def refused(visitor: Visitor, prepared: Prepared) -> None:
    """A move that the server refuses."""
    no = {"type": "forbidden", "description": "made up"}
    edit_sets(
        visitor, lambda args: {"updated": None, "notUpdated": dict.fromkeys(args.get("update", {}), no)}
    )
    open_inbox(visitor, prepared)
    press_row(visitor, 2)
    visitor.page.keyboard.press("#")
    expect(visitor.page.get_by_role("alert")).to_be_visible()


def under_way(visitor: Visitor, prepared: Prepared) -> None:
    """Some of very many are done; the next portion takes its time."""
    portions: list[Answer] = []

    def once(args: Answer) -> Answer | None:
        portions.append(args)
        return {"updated": dict.fromkeys(args["update"])} if len(portions) == 1 else None

    edit_sets(visitor, once, taken=PORTION)
    open_inbox(visitor, prepared)
    tick_all_and_archive(visitor)
    expect(visitor.button("Stop")).to_be_visible()
    visitor.page.wait_for_timeout(500)


def unanswered(visitor: Visitor, prepared: Prepared) -> None:
    """The server does not answer, and nobody claims anything."""
    is_cut: list[bool] = []  # a route laid under a page at work lets its first request through now and then
    visitor.page.route(API, lambda route: route.abort() if is_cut else route.continue_())
    open_inbox(visitor, prepared)
    press_row(visitor, 2)
    is_cut.append(True)
    visitor.page.keyboard.press("e")
    expect(visitor.button("Stop")).to_be_visible()


def tick_all_and_archive(visitor: Visitor) -> None:
    visitor.page.keyboard.press("Control+a")
    expect(visitor.button("Deselect all")).to_be_visible()
    visitor.page.keyboard.press("e")


def edit_sets(visitor: Visitor, answer: Callable[[Answer], Answer | None], taken: int = 0) -> None:
    """Answer each Email/set in the server's place; None: not at all. The inbox then has so many fewer."""

    def handle(route: Route) -> None:
        body = json.loads(route.request.post_data or "{}")
        sets = [call for call in body["methodCalls"] if call[0] == "Email/set"]
        if not sets:
            route.continue_()
            return
        made = {id_: answer(args) for _, args, id_ in sets}
        if None in made.values():
            return
        rest = [call for call in body["methodCalls"] if call[0] != "Email/set"]
        told = answer_to(route, json.dumps({**body, "methodCalls": rest})) if rest else {}
        if told is None:
            return
        for name, found, _ in told.get("methodResponses", []):
            if name == "Mailbox/get":
                count_less(found["list"], taken)
        responses = [["Email/set", {"newState": "0", **done}, id_] for id_, done in made.items() if done]
        route.fulfill(json={**told, "methodResponses": told.get("methodResponses", []) + responses})

    visitor.page.route(API, handle)


def answer_to(route: Route, body: str | None = None) -> Answer | None:
    """The server's own answer; None when the page has left meanwhile and nobody waits for it."""
    try:
        answer: Answer = route.fetch(post_data=body).json()
    except Error:
        return None
    return answer


def count_less(folders: list[Answer], taken: int) -> None:
    for folder in folders:
        if folder["role"] == "inbox":
            folder["totalEmails"] -= taken


def loading(visitor: Visitor, prepared: Prepared) -> None:
    """The first synchronisation is under way; its page tells how far."""
    edit_sync(visitor, phase="first", held=1_240, expected=83_151, pending=0)
    visitor.page.route("**/checks", tell_unread)
    open_sync(visitor, prepared)


def tell_unread(route: Route) -> None:
    """The facts of completeness while folders are still being read."""
    facts = answer_to(route)
    if facts is None:
        return
    counters = {**facts["counters"], "held": 1_240, "expected": 83_151, "folders_left": 11}
    route.fulfill(json={**facts, "counters": counters, "checks": []})


def troubled(visitor: Visitor, prepared: Prepared) -> None:
    """Microsoft refused one change and does not answer others."""
    account, now = prepared.accounts[MAILBOX], datetime.now(UTC)
    inbox = prepared.anna.folder(account, "inbox")["id"]
    ids = prepared.anna.query_all(account, filter={"inMailbox": inbox})[:4]
    rows = prepared.anna.emails(account, ids, "subject")
    notices = [
        {
            "id": 1,
            "at": ago(now, 4),
            "kind": "move",
            "message": ids[0],
            "code": "refused",
            "detail": "ErrorAccessDenied",
            "user": None,
            "folder": None,
        }
    ]
    waiting = [
        {
            "id": number,
            "kind": kind,
            "message": row["id"],
            "subject": row["subject"],
            "target": "Archiv",
            "at": ago(now, 12),
            "attempts": number,
            "problem": "ServiceUnavailable",
            "due_at": ago(now, -1),
            "is_in_flight": False,
        }
        for number, kind, row in zip((1, 2), ("move", "set"), rows[1:], strict=False)
    ]
    visitor.page.route("**/notices", lambda route: route.fulfill(json={"notices": notices}))
    visitor.page.route("**/queue", lambda route: route.fulfill(json={"waiting": waiting}))
    edit_sync(visitor, pending=2, problem="unreachable", retryAt=ago(now, -2))
    open_sync(visitor, prepared)


def ago(now: datetime, minutes: int) -> str:
    return (now - timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def edit_sync(visitor: Visitor, **fields: Any) -> None:
    """What the server tells of the synchronisation, with other values."""

    def handle(route: Route) -> None:
        answer = answer_to(route)
        if answer is None:
            return
        for name, told, _ in answer.get("methodResponses", []):
            if name == "SyncState/get":
                told["list"] = [{**each, **fields} for each in told["list"]]
        route.fulfill(json=answer)

    visitor.page.route(API, handle)


def open_sync(visitor: Visitor, prepared: Prepared) -> None:
    """The details behind the line of the synchronisation; on the phone above the folders."""
    open_inbox(visitor, prepared)
    line = visitor.page.get_by_title(visitor.words("Details of the synchronisation"))
    if not line.first.is_visible():
        visitor.press("Folders")
    line.first.click()
    expect(visitor.dialog).to_be_visible()


def not_connected(visitor: Visitor, prepared: Prepared) -> None:
    """The only sign-in was removed; what is stored can be read."""

    def handle(route: Route) -> None:
        answer: Any = answer_to(route)
        if answer is not None:
            route.fulfill(json=[{**each, "state": waiting, "may_sign_in": True} for each in answer])

    waiting = "waiting_for_sign_in"
    edit_sync(visitor, state=waiting)
    visitor.page.route("**/api/mailboxes", handle)
    open_inbox(visitor, prepared)
    press_row(visitor, 3)
    visitor.sees("Not connected to Microsoft")


def open_settings_page(visitor: Visitor, prepared: Prepared) -> None:
    visitor.go(f"/settings/basic/email/external/{prepared.accounts[MAILBOX]}")
    expect(visitor.button("Add user")).to_be_visible()


def sign_ins(visitor: Visitor, prepared: Prepared) -> None:
    """One in use, a reserve, and one that has ended."""

    def handle(route: Route) -> None:
        row = answer_to(route)
        if row is None:
            return
        first, now = row["sign_ins"][0], datetime.now(UTC)
        reserve = {
            "id": "s98",
            "kind": "delegate",
            "username": "thomas.maier@buero-lindner.example",
            "by": "Thomas Maier",
        }
        ended = {
            "id": "s99",
            "username": "vertretung@buero-lindner.example",
            "state": "lost",
            "reason": "AADSTS50173",
        }
        more = [
            {**first, **reserve, "state": "standing_by", "refreshed_at": ago(now, 300)},
            {**first, **ended, "kind": "delegate", "lost_at": ago(now, 50)},
        ]
        route.fulfill(json={**row, "sign_ins": [first, *more]})

    visitor.page.route(f"**/api/accounts/{prepared.accounts[MAILBOX]}", handle)
    open_settings_page(visitor, prepared)


def remove_only_sign_in(visitor: Visitor, prepared: Prepared) -> None:
    """The question before the mailbox is left without a sign-in."""
    open_settings_page(visitor, prepared)
    visitor.press("Remove the sign-in {name}", name=MAILBOX)
    expect(visitor.dialog).to_be_visible()


def application(visitor: Visitor, prepared: Prepared) -> None:
    """The link for the organisation's administrator, without keeping the organisation."""
    tenant = "buero-lindner.example"
    known = prepared.admin.ok("GET", "/api/settings/microsoft")
    access = {
        "tenant": tenant,
        "admin_consent_url": f"https://login.microsoftonline.com/{tenant}/v2.0/adminconsent?client_id={known['client_id']}",
        "permissions": ["Mail.ReadWrite", "Mail.Send", "MailboxSettings.ReadWrite"],
    }
    visitor.page.route("**/api/settings/microsoft/application", lambda route: route.fulfill(json=access))
    visitor.page.route(
        "**/api/settings/microsoft",
        lambda route: (
            route.fulfill(json={**known, "app_tenant": tenant})
            if route.request.method == "PUT"
            else route.continue_()
        ),
    )
    visitor.go("/settings/basic/microsoft")
    visitor.field("Organisation (tenant ID or domain)").fill(tenant)
    visitor.press("Save and show the approval link")
    expect(visitor.field("For the organisation's administrator")).to_be_visible()


def warnings(visitor: Visitor, prepared: Prepared) -> None:
    """What has stopped and what soon will."""
    now = datetime.now(UTC)
    of = {"account": prepared.accounts[MAILBOX], "address": MAILBOX}
    told = [
        {"kind": "sign_in_needed", "at": ago(now, 40), "code": "AADSTS50173", **of, "username": MAILBOX},
        {
            "kind": "secret_ends",
            "at": ago(now, -20 * 24 * 60),
            "code": None,
            "account": None,
            "address": "",
            "username": "",
        },
        {
            "kind": "sign_in_idle",
            "at": ago(now, -25 * 24 * 60),
            "code": None,
            **of,
            "username": "vertretung@buero-lindner.example",
        },
    ]
    visitor.page.route("**/api/warnings", lambda route: route.fulfill(json={"warnings": told}))
    visitor.go("/settings/basic/email/external")
    expect(visitor.row(MAILBOX)).to_be_visible()


GREETING = "Mit freundlichen Grüßen"
BOILERPLATE = (
    {
        "kind": "signature",
        "name": "Das Büro",
        "html": f"<p>{GREETING}</p><p><b>{{{{Name}}}}</b><br>{{{{Position}}}}</p>"
        "<p>Immobilienbüro Lindner<br>Tel. {{Telefon}} · {{Postfach-Adresse}}</p>",
        "plain": f"{GREETING}\n{{{{Name}}}}",
        "is_default": True,
    },
    {"kind": "signature", "name": "Kurz", "html": "<p>Viele Grüße, {{Name}}</p>", "plain": "{{Name}}"},
    {
        "kind": "template",
        "name": "Besichtigung",
        "subject": "Ihr Besichtigungstermin",
        "html": "<p>Guten Tag {{Empfänger-Name}},</p><p>gern zeigen wir Ihnen die Wohnung. Passt es Ihnen am "
        "Donnerstag um 16 Uhr?</p>",
        "plain": "Guten Tag",
    },
    {
        "kind": "template",
        "name": "Unterlagen",
        "html": "<p>Bitte senden Sie uns noch die letzten drei Gehaltsnachweise.</p>",
        "plain": "Bitte senden Sie uns noch",
    },
)


def with_boilerplate(prepared: Prepared) -> None:
    """Anna has signatures and templates; a second time nothing is added."""
    anna = prepared.anna
    anna.ok("PATCH", "/api/me", {"phone": "030 1234-56", "position": "Vermietung"})
    if not anna.ok("GET", "/api/me/boilerplate")["boilerplate"]:
        for one in BOILERPLATE:
            anna.ok("POST", "/api/me/boilerplate", one)


def signatures(visitor: Visitor, prepared: Prepared) -> None:
    with_boilerplate(prepared)
    visitor.go("/settings/me/signatures")
    expect(visitor.page.get_by_role("heading", name="Kurz")).to_be_visible()


def templates(visitor: Visitor, prepared: Prepared) -> None:
    with_boilerplate(prepared)
    visitor.go("/settings/me/templates")
    expect(visitor.page.get_by_role("heading", name="Unterlagen")).to_be_visible()


def signed_letter(visitor: Visitor, prepared: Prepared) -> None:
    """A letter that ends with a signature, and a template that is about to be put in."""
    with_boilerplate(prepared)
    open_inbox(visitor, prepared)
    visitor.page.keyboard.press("c")
    text = visitor.dialog.locator(".letter")
    expect(text).to_contain_text(GREETING)
    text.click()
    visitor.page.keyboard.press("Control+Home")
    visitor.page.keyboard.type("/bes")
    expect(visitor.page.get_by_role("option")).to_be_visible()


RECEIPT = "Fristlose Kündigung"


def receipt(visitor: Visitor, prepared: Prepared) -> None:
    """A message whose sender asks for a read receipt."""
    account = prepared.accounts[MAILBOX]
    if not prepared.anna.query_all(account, filter={"subject": RECEIPT}):
        said = {
            "subject": RECEIPT,
            "text": "Hiermit kündige ich die Wohnung zum Monatsende.",
            "from": "Zoe Ziegler <zoe@zimmer.example>",
        }
        prepared.control.receive(MAILBOX, isReadReceiptRequested=True, **said)
    open_inbox(visitor, prepared)
    visitor.message(RECEIPT).click()
    expect(visitor.button("Send receipt")).to_be_visible()


QUESTION = "Frage zum Balkon"
GUEST = "Zoe Ziegler <zoe@zimmer.example>"


def received(prepared: Prepared, subject: str, **said: Any) -> str:
    """The id of a message with this subject; it arrives once."""
    account, asked = prepared.accounts[MAILBOX], {"subject": subject, "from": "zoe"}
    if not prepared.anna.query_all(account, filter=asked):
        prepared.control.receive(MAILBOX, subject=subject, **{"from": GUEST, **said})
        eventually(lambda: prepared.anna.query_all(account, filter=asked))
    return str(prepared.anna.query_all(account, filter=asked)[0])


def open_question(visitor: Visitor, prepared: Prepared) -> str:
    """A message that two people are at; its id."""
    text = "Guten Tag, liegt der Balkon nach Süden?\n\nMit freundlichen Grüßen\nZoe Ziegler"
    message, account = received(prepared, QUESTION, text=text), prepared.accounts[MAILBOX]
    drafts = prepared.anna.folder(account, "drafts")["id"]
    begun = prepared.anna.query_all(account, filter={"subject": QUESTION, "inMailbox": drafts})
    prepared.anna.call("Email/set", accountId=account, destroy=begun)  # of the picture before
    thomas_says(prepared)
    open_inbox(visitor, prepared)
    visitor.open_message(QUESTION)
    return message


def thomas_says(prepared: Prepared, **what: list[str]) -> None:
    """A colleague's window says what it reads and answers, in place of what it said before."""
    said: Any = {"accountId": prepared.accounts[MAILBOX], "clientId": "picture", **what}
    _thomas(prepared.demo.url).request(("Presence/announce", said, "0"), using=USING)


@cache
def _thomas(url: str) -> Client:
    return Client(url).log_in("thomas", DEMO_PASSWORD)


def sees_company(visitor: Visitor, english: str) -> None:
    told = visitor.page.get_by_role("status", name=visitor.words("Colleagues at this message"))
    expect(told).to_contain_text(visitor.words(english, name="Thomas Maier"))


def read_by_another(visitor: Visitor, prepared: Prepared) -> None:
    """A colleague looks at the same message."""
    thomas_says(prepared, reading=[open_question(visitor, prepared)])
    sees_company(visitor, "{name} is looking at this")


def answered_by_another(visitor: Visitor, prepared: Prepared) -> None:
    """A colleague writes an answer to it: below its head, and in the list."""
    thomas_says(prepared, answering=[open_question(visitor, prepared)])
    sees_company(visitor, "{name} is writing an answer")


def second_answer(visitor: Visitor, prepared: Prepared) -> None:
    """A colleague's answer goes out while one writes: the letter warns."""
    message, account = open_question(visitor, prepared), prepared.accounts[MAILBOX]
    visitor.page.keyboard.press("r")
    expect(visitor.dialog.locator(".letter")).to_be_focused()
    visitor.page.keyboard.type("Guten Tag,\n\nja, nach Süden.")
    visitor.page.wait_for_load_state("networkidle")
    answer = {
        "emailId": message,
        "name": "Thomas Maier",
        "at": ago(datetime.now(UTC), 0),
        "origin": "here",
        "isMine": False,
        "isSent": True,
    }
    edit_answers(visitor, [{"id": message, "answers": [answer]}])
    for flag in (True, None):  # something changes, so that the page asks again
        prepared.anna.call("Email/set", accountId=account, update={message: {"keywords/$flagged": flag}})
    expect(visitor.button("Read the answer")).to_be_visible()


def edit_answers(visitor: Visitor, told: list[Answer]) -> None:
    """Answer each Answer/get in the server's place."""

    def handle(route: Route) -> None:
        answer = answer_to(route)
        if answer is None:
            return
        for name, found, _ in answer["methodResponses"]:
            if name == "Answer/get":
                found["list"] = told
        route.fulfill(json=answer)

    visitor.page.route(API, handle)


NIGHTS = {"days": [1, 2, 3, 4, 5], "from": "18:00", "to": "07:00"}
WEEKEND = {"days": [6, 7], "from": "07:00", "to": "07:00"}


# A browser without a screen has no notifications, and none that a test could allow.
NOTIFYING = """
  Object.defineProperty(Notification, "permission", { get: () => "granted" });
  Notification.requestPermission = () => Promise.resolve("granted");
  PushManager.prototype.subscribe = () => Promise.reject(new DOMException("none", "AbortError"));
  PushManager.prototype.getSubscription = () => Promise.resolve(null);
  ServiceWorker.prototype.postMessage = () => undefined;
"""


def device(visitor: Visitor, prepared: Prepared) -> None:
    """Notifications are on, and quiet hours for evenings and weekends."""
    week = {"is_on": True, "time_zone": "Europe/Berlin", "spans": [NIGHTS, WEEKEND]}
    prepared.anna.ok("PUT", "/api/me/quiet", week)
    visitor.page.add_init_script(NOTIFYING)
    visitor.go("/settings/device")
    visitor.press("Turn on notifications")
    expect(visitor.page.get_by_role("switch", name=visitor.words("Show new mail"))).to_be_visible()


OWNERS = {
    "name": "Eigentümer Lindenallee 3",
    "members": [
        {"name": "Zoe Ziegler", "email": "zoe@zimmer.example"},
        {"name": "Tom Taler", "email": "tom@taler.example"},
        {"name": "Familie Özdemir", "email": "oezdemir@lindenallee.example"},
    ],
}
CRAFTS = {"name": "Handwerker", "members": [{"name": "Heizung Nord", "email": "dienst@heizung.example"}]}


def groups(visitor: Visitor, prepared: Prepared) -> None:
    if not prepared.anna.ok("GET", "/api/me/groups")["groups"]:
        for one in (OWNERS, CRAFTS):
            prepared.anna.ok("POST", "/api/me/groups", one)
    visitor.go("/settings/me/groups")
    expect(visitor.page.get_by_role("heading", name="Handwerker")).to_be_visible()


def letter_to_group(visitor: Visitor, prepared: Prepared) -> None:
    """A group stands in a letter as one, and another one is proposed."""
    groups(visitor, prepared)
    open_inbox(visitor, prepared)
    visitor.page.keyboard.press("c")
    to = visitor.dialog.get_by_role("combobox", name=visitor.words("To"), exact=True)
    to.press_sequentially("eigen")
    visitor.page.get_by_role("option").first.click()
    to.press_sequentially("hand")
    expect(visitor.page.get_by_role("option").first).to_be_visible()


def template_with_files(visitor: Visitor, prepared: Prepared) -> None:
    """A template with recipients and a file, being changed."""
    with_boilerplate(prepared)
    [one] = [b for b in prepared.anna.ok("GET", "/api/me/boilerplate")["boilerplate"] if b["subject"]][:1]
    prepared.anna.ok("PATCH", f"/api/boilerplate/{one['id']}", {"cc": OWNERS["members"][:1]})
    if not one["files"]:
        type_ = {"Content-Type": "application/pdf"}
        path = f"/api/boilerplate/{one['id']}/files?name=Hausordnung.pdf"
        prepared.anna.post(path, b"%PDF" * 30_000, **type_)
    visitor.go("/settings/me/templates")
    visitor.button("Change “{0}”", **{"0": one["name"]}).click()
    expect(visitor.dialog.get_by_text("Hausordnung.pdf")).to_be_visible()


def attached(visitor: Visitor, prepared: Prepared) -> None:
    """A message that came as a file, read in place."""
    html = (
        "<p>Guten Tag,</p><p>die Heizung im zweiten Stock bleibt seit Montag kalt. Im Anhang ein Foto.</p>"
        '<p><img src="https://outside.example/1.png" alt="Heizung"></p>'
    )
    inner = {
        "subject": "Heizung kalt",
        "html": html,
        "from": GUEST,
        "to": [MAILBOX],
        "attachments": [{"name": "Notiz.txt", "contentType": "text/plain", "text": "Seit Montag."}],
    }
    files = [{"name": "Heizung kalt", "message": inner}]
    received(prepared, "WG: Meldung aus dem Haus", text="Bitte kümmern.", attachments=files)
    open_inbox(visitor, prepared)
    visitor.message("WG: Meldung aus dem Haus").click()
    visitor.page.get_by_role("button", name="Heizung kalt", exact=True).click()
    expect(visitor.button("Show pictures")).to_be_visible()


def chosen(visitor: Visitor, **page: object) -> None:
    """How the person's mail page looks, as it is when it opens next."""
    data = {"mail_page": page}
    answer = visitor.page.request.patch(f"{visitor.base}/api/me", data=data, headers={"X-Poststelle": "1"})
    assert answer.ok, answer.text()


def table(visitor: Visitor, prepared: Prepared) -> None:
    """The list as a table over the reader, sorted by size; on a phone it is compact."""
    sort = {"by": "size", "is_ascending": False}
    chosen(visitor, layout="table", density="compact", preview="below", sort=sort)
    open_inbox(visitor, prepared)


def favourite_folders(visitor: Visitor, prepared: Prepared) -> None:
    """Three folders on top of all."""
    account = prepared.accounts[MAILBOX]
    ids = {f["name"]: f["id"] for f in prepared.anna.folders(account)}
    for name in ("Posteingang", "Am Stadtpark 12 & 14", "Wiedervorlage"):
        visitor.page.request.put(
            f"{visitor.base}/api/favourites/{account}/{ids[name]}", data={}, headers={"X-Poststelle": "1"}
        )
    open_inbox(visitor, prepared)


def all_mailboxes(visitor: Visitor, prepared: Prepared) -> None:
    """The inboxes of several mailboxes as one list, and a message of one of them."""
    visitor.go("/mail/all")
    press_row(visitor, 2)


def all_table(visitor: Visitor, prepared: Prepared) -> None:
    """All mailboxes as a table over the reader, of somebody who likes another order elsewhere."""
    sort = {"by": "size", "is_ascending": False}
    chosen(visitor, layout="table", density="compact", preview="below", sort=sort)
    visitor.go("/mail/all")
    press_row(visitor, 2)


def all_folders(visitor: Visitor, prepared: Prepared) -> None:
    """The folders of all mailboxes, those of the first one unfolded; on the phone a step back."""
    visitor.go("/mail/all")
    expect(visitor.rows.first).to_be_visible()
    if not visitor.identity.is_visible():
        visitor.press("Folders")
    visitor.page.get_by_role(
        "button", name=visitor.words("Show the folders of {name}", name="angebote")
    ).click()


def all_searched(visitor: Visitor, prepared: Prepared) -> None:
    """A search that was begun in one mailbox, in all of them."""
    open_inbox(visitor, prepared)
    field = visitor.page.get_by_role("combobox", name=visitor.words("Search"), exact=True)
    field.fill("wohnung")
    field.press("Enter")
    visitor.page.get_by_role("radio", name=visitor.words("All mailboxes")).click()
    expect(visitor.page.locator("mark").first).to_be_visible()


def all_moved(visitor: Visitor, prepared: Prepared) -> None:
    """Messages of two mailboxes that are to be moved."""
    visitor.go("/mail/all")
    expect(visitor.rows.first).to_be_visible()
    for number in (0, 3):
        visitor.rows.nth(number).click(modifiers=["Control"])
    visitor.page.keyboard.press("v")
    expect(visitor.dialog).to_be_visible()
