"""Calls, subscriptions, faults, clock, switches and limits on the page."""

from __future__ import annotations

import urllib.parse

import pytest
from tests.sim.identity.app import App
from tests.sim.identity.browser import Browser

from m365sim.behaviour import Behaviour
from m365sim.control.wire import LimitsBody
from m365sim.directory import User
from m365sim.journal import CallRecord
from m365sim.notify.subscription import Subscription
from m365sim.server import DEMO_CLIENT_ID, Running

ANNA = "anna@lindner.example"


def _page(sim: Running, name: str) -> str:
    return f"{sim.pages_url}/office/{name}"


def _call(path: str, status: int = 200, **more: object) -> CallRecord:
    return CallRecord("GET", path, "", status, 1_770_000_000.0, **more)  # type: ignore[arg-type]  # fields by name


def subscribe(app: App, life: str | None) -> Subscription:
    """A subscription of Anna's, as the demo app would make it."""
    sim = app.sim
    app.tokens(Browser(sim.pages_url), ANNA)
    user = sim.simulation.directory.user_by_address(ANNA)
    assert isinstance(user, User)
    now = sim.simulation.clock.now().timestamp()
    made = Subscription(
        id="11111111-2222-4333-8444-555555555555",
        app_id=DEMO_CLIENT_ID,
        creator_id=user.id,
        tenant_id=user.tenant_id,
        mailbox_id=user.id,
        is_app_only=False,
        resource="me/messages",
        changes=("created",),
        notification_url="http://localhost:9/told",
        expires_s=now + 3600 * 24,
        authorized_s=now,
        root=sim.base_url,
        lifecycle_url=life,
    )
    sim.simulation.subscriptions.add(made)
    return made


# -- calls ----------------------------------------------------------------------------------------


def test_calls_are_shown_newest_first(sim: Running, app: App, browser: Browser) -> None:
    """A real call appears with status, mailbox and app; the overview's own visits do not."""
    token = app.tokens(Browser(sim.pages_url), ANNA)["access_token"]
    app.graph(token, "/v1.0/me/mailFolders/inbox?$select=displayName")
    app.graph(token, "/v1.0/me/nonsense")

    browser.open(_page(sim, "calls"))

    rows = [" ".join(row.text().split()) for row in browser.nodes("#calls > li")]
    assert "501 GET /v1.0/me/nonsense" in rows[0]
    assert all(words in rows[1] for words in ("200", "/v1.0/me/mailFolders/inbox", ANNA, "Poststelle"))
    assert "?$select=displayName" in rows[1]
    assert "/office/calls" not in browser.node("#calls").text()


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["/c", "/v1.0/$batch", "/b", "/a"]),
        ("mailbox=" + ANNA, ["/v1.0/$batch", "/a"]),
        ("path=%2Fb", ["/b"]),
        ("path=v1.0%2Fme", ["/v1.0/$batch"]),
        ("status=refused", ["/b"]),
        ("status=429", ["/b"]),
        ("status=broken", ["/c"]),
        ("status=ok&path=%2Fa", ["/a"]),
        ("path=nothing", []),
    ],
)
def test_calls_are_chosen_by_mailbox_path_and_status(
    sim: Running, browser: Browser, query: str, shown: list[str]
) -> None:
    """A batch is shown when one of its parts fits."""
    part = _call("/v1.0/me", mailbox=ANNA)
    batch = _call("/v1.0/$batch", parts=[part])
    for call in (_call("/a", mailbox=ANNA), _call("/b", 429), batch, _call("/c", 0)):
        sim.simulation.journal.add(call)

    browser.open(_page(sim, f"calls?{query}"))

    assert [node.text() for node in browser.nodes("#calls summary code")] == shown
    assert ("No call matches" in browser.text()) is not bool(shown)


def test_calls_are_shortened_escaped_and_cleared(sim: Running, browser: Browser) -> None:
    """Long ids are cut in the line and whole below it; a hostile path is only text."""
    identity = "AAMk" + "x" * 80 + "fAAA="
    sim.simulation.journal.add(_call(f"/v1.0/me/messages/{identity}"))
    sim.simulation.journal.add(_call("/<script>alert(1)</script>", fault="<b>"))
    browser.open(_page(sim, "calls"))

    lines = [node.text() for node in browser.nodes("#calls summary code")]
    assert lines == ["/<script>alert(1)</script>", "/v1.0/me/messages/AAMk…fAAA="]
    assert identity in browser.html
    assert "<script>alert" not in browser.html

    assert "No program has asked" in browser.press("clear").text()


# -- subscriptions --------------------------------------------------------------------------------


def test_subscriptions_are_shown_and_removed(sim: Running, app: App, browser: Browser) -> None:
    """A card says who is told where; removing it is silent, and doing so again is told in words."""
    made = subscribe(app, None)
    text = browser.open(_page(sim, "subscriptions")).text()
    assert all(w in text for w in (ANNA, "Poststelle", "me/messages", "http://localhost:9/told", "active"))

    assert "No program has subscribed" in browser.press_first("button.delete").text()

    assert sim.simulation.subscriptions.get(made.id) is None
    browser.send(_page(sim, f"subscriptions/{made.id}/delete"))
    assert (browser.status, "is gone" in browser.text()) == (404, True)


def test_lifecycle_events_are_provoked(sim: Running, app: App, browser: Browser) -> None:
    """A removed subscription is gone and its app is told; an unknown event or no address is refused."""
    made = subscribe(app, None)
    path = _page(sim, f"subscriptions/{made.id}/lifecycle")
    assert not browser.open(_page(sim, "subscriptions")).has("button.provoke")
    browser.send(path, event="missed")
    assert (browser.status, "no lifecycleNotificationUrl" in browser.text()) == (409, True)
    made.lifecycle_url = "http://localhost:9/life"
    assert browser.send(path, event="explode").status == 400
    assert browser.send(path, event="missed").status == 200

    browser.open(_page(sim, "subscriptions")).press_first("button.provoke", event="subscriptionRemoved")

    assert "has been sent" in browser.text()
    assert sim.simulation.subscriptions.get(made.id) is None


# -- faults, clock, delta states ------------------------------------------------------------------


def test_a_fault_hits_the_next_call_and_is_gone(sim: Running, app: App, browser: Browser) -> None:
    """The form's 429 with Retry-After comes once."""
    token = app.tokens(Browser(sim.pages_url), ANNA)["access_token"]
    fields = {"path": "*/mailFolders*", "status": "429", "retry_after": "7,5", "code": "Busy", "times": "1"}

    browser.open(_page(sim, "trouble")).press("add", method="GET", kind="answer", **fields)

    assert "*/mailFolders*" in browser.node("#faults").text()
    status, headers, body = app.graph(token, "/v1.0/me/mailFolders", is_struck=True)
    assert (status, headers["retry-after"], body["error"]["code"]) == (429, "7.5", "Busy")
    assert app.graph(token, "/v1.0/me/mailFolders")[0] == 200
    assert "Everything answers as it should" in browser.open(_page(sim, "trouble")).text()


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "99"},
        {"status": "600"},
        {"status": "x"},
        {"status": "", "delay": ""},
        {"retry_after": "soon"},
        {"retry_after": "1\r\nX-Evil: 1"},
        {"delay": "-1"},
        {"times": "0"},
        {"kind": "explode"},
        {"method": "BREW"},
    ],
)
def test_a_senseless_fault_is_refused(sim: Running, browser: Browser, fields: dict[str, str]) -> None:
    """Nothing is added, and the form is shown as it was filled in."""
    browser.open(_page(sim, "trouble")).press("add", **{"path": "*/kept", "kind": "answer", **fields})

    assert browser.status == 400
    assert browser.node("[role=alert]").text()
    assert browser.node("#path").attributes["value"] == "*/kept"
    assert not list(sim.simulation.faults)


def test_faults_are_dropped_singly_and_together(sim: Running, browser: Browser) -> None:
    """Each has its button; one that is gone already is told in words."""
    faults = sim.simulation.faults
    first = faults.add(path="*/<b>", status=503)
    faults.add(path="*/b", kind="reset")
    faults.add(path="*/c", kind="lost")

    browser.open(_page(sim, "trouble")).press_first("#faults button.delete")
    assert [f.path for f in faults] == ["*/b", "*/c"]
    assert "<b>" not in browser.node("#faults").text()
    browser.press("clear")

    assert not list(faults)
    assert browser.send(_page(sim, f"trouble/faults/{first.id}/delete")).status == 404


@pytest.mark.parametrize(
    ("amount", "unit", "ahead_s"),
    [("10", "minutes", 600), ("1,5", "hours", 5400), ("2", "days", 172_800)],
)
def test_the_clock_moves_forward(
    sim: Running, browser: Browser, amount: str, unit: str, ahead_s: int
) -> None:
    """By minutes, hours and days, and every page says so."""
    browser.open(_page(sim, "trouble")).press("advance", amount=amount, unit=unit)

    assert sim.simulation.clock.offset.total_seconds() == ahead_s
    assert "ahead" in browser.open(f"{sim.pages_url}/").node("#now").text()


@pytest.mark.parametrize(
    ("amount", "unit"),
    [
        ("-1", "hours"),
        ("0", "hours"),
        ("nan", "hours"),
        ("inf", "days"),
        ("9999", "days"),
        ("x", "days"),
        ("1", "a"),
    ],
)
def test_the_clock_does_nothing_else(sim: Running, browser: Browser, amount: str, unit: str) -> None:
    """Back, nowhere, for ever: refused."""
    browser.open(_page(sim, "trouble")).press("advance", amount=amount, unit=unit)

    assert (browser.status, "only moves forward" in browser.text()) == (400, True)
    assert not sim.simulation.clock.offset


def test_delta_states_are_forgotten(sim: Running, app: App, browser: Browser) -> None:
    """A delta link handed out before answers 410 afterwards."""
    token = app.tokens(Browser(sim.pages_url), ANNA)["access_token"]
    _, _, page = app.graph(token, "/v1.0/me/mailFolders/inbox/messages/delta")
    link = page["@odata.deltaLink"].removeprefix(sim.base_url)
    assert app.graph(token, link)[0] == 200

    browser.open(_page(sim, "trouble")).press("forget-button", mailbox=ANNA)

    assert app.graph(token, link)[0] == 410
    assert browser.send(_page(sim, "trouble/forget"), mailbox="nobody").status == 400


# -- switches and limits --------------------------------------------------------------------------


def test_every_switch_and_limit_has_its_field(sim: Running, browser: Browser) -> None:
    """The forms are made from the declarations, in both languages."""
    names = [*Behaviour.__struct_encode_fields__, *LimitsBody.__struct_encode_fields__]

    for browser.language in ("de", "en"):
        browser.open(_page(sim, "switches"))
        labels = {node.attributes["for"]: node.text() for node in browser.nodes(".switch label")}

        assert [n for n in names if not browser.has(f'[name="{n}"]')] == []
        assert [n for n in names if not labels.get(f"s-{n}")] == []


def test_switches_are_set_and_reset(sim: Running, browser: Browser) -> None:
    """Numbers, choices, yes and no, nothing at all; what was changed is marked, and goes back together."""
    behaviour = sim.simulation.behaviour
    values = {
        "deltaRepeats": "0,25",
        "resyncStatus": "404",
        "deltaAnyOrder": "yes",
        "nextLinkLifeS": "60",
        "uploadPieceLimit": "4096",
        "sentIds": "kept",
    }
    browser.open(_page(sim, "switches")).press("save", **values)

    assert "Saved" in browser.text()
    assert (behaviour.delta_repeats, behaviour.resync_status, behaviour.delta_any_order) == (0.25, 404, True)
    assert (behaviour.next_link_life_s, behaviour.upload_piece_limit, behaviour.sent_ids) == (
        60,
        4096,
        "kept",
    )
    assert len(browser.nodes(".switch.changed")) == 6
    browser.press("save", nextLinkLifeS="")
    assert behaviour.next_link_life_s is None

    browser.press("reset")

    assert behaviour == Behaviour()
    assert not browser.nodes(".switch.changed")


def test_what_a_program_set_meanwhile_stays(sim: Running, browser: Browser) -> None:
    """A form that was open for a while sets only what its reader changed."""
    browser.open(_page(sim, "switches"))
    sim.simulation.behaviour.search_life_s = 5

    browser.press("save", deltaLateS="3")

    assert (sim.simulation.behaviour.delta_late_s, sim.simulation.behaviour.search_life_s) == (3, 5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("deltaRepeats", "1.5"),
        ("deltaRepeats", "nan"),
        ("deltaRepeats", "often"),
        ("deltaRepeats", ""),
        ("notificationsLostPercent", "101"),
        ("uploadSessionS", "1.5"),
        ("resyncStatus", "418"),
        ("deltaAnyOrder", "perhaps"),
        ("deliveryDelayS", "-1"),
        ("deliveryDelayS", "inf"),
    ],
)
def test_a_senseless_switch_is_refused(sim: Running, browser: Browser, name: str, value: str) -> None:
    """It is named, nothing is set, not even what made sense, and what was typed stays."""
    browser.open(_page(sim, "switches")).press("save", searchLifeS="77", **{name: value})

    assert (browser.status, "cannot have this value" in browser.text()) == (400, True)
    assert sim.simulation.behaviour == Behaviour()
    assert browser.node("#s-searchLifeS").attributes["value"] == "77"


def test_limits_are_set_and_switched_off(sim: Running, browser: Browser) -> None:
    """Empty is off; the numbers count at once, and can all go back."""
    limits, tokens = sim.simulation.limits, sim.simulation.tokens
    values = {"concurrent": "", "perWindow": "5", "refusal": "503", "keptDeltaTokens": "3", "latencyS": "0,5"}

    browser.open(_page(sim, "switches")).press("save-limits", **values)

    assert (limits.concurrent, limits.per_window, limits.refusal) == (None, 5, "503")
    assert (tokens.kept, limits.latency_s) == (3, 0.5)
    browser.press("reset-limits")
    assert (limits.concurrent, limits.per_window, limits.refusal, tokens.kept) == (4, 10_000, "429", 20_000)


@pytest.mark.parametrize(
    ("name", "value"),
    [("perWindow", "-1"), ("latencyS", "nan"), ("latencyS", ""), ("retryAfterS", "inf"), ("refusal", "200")],
)
def test_a_senseless_limit_is_refused(sim: Running, browser: Browser, name: str, value: str) -> None:
    """It is named, and nothing is set."""
    browser.open(_page(sim, "switches")).press("save-limits", concurrent="9", **{name: value})

    assert (browser.status, "cannot have this value" in browser.text()) == (400, True)
    assert sim.simulation.limits.concurrent == 4


def test_a_body_that_is_no_form_is_refused(sim: Running, browser: Browser) -> None:
    """A name given twice is not a guess to make."""
    twice = urllib.parse.urlencode([("amount", "1"), ("amount", "2")])

    browser.post(_page(sim, "trouble/clock"), twice)

    assert (browser.status, "cannot be read" in browser.text()) == (400, True)
    assert not sim.simulation.clock.offset
