"""The first start of a plain server: the browser makes the administrator."""

from pathlib import Path

from playwright.sync_api import Browser, expect
from tests.e2e.visitor import visiting
from tests.e2e.words import Words
from tests.flow.jmap.office import running_server
from tests.flow.sim import running_simulator


def test_the_first_visitor_becomes_the_administrator(browser: Browser, tmp_path: Path) -> None:
    """Every address leads to the form; after it the settings are open and the form is gone."""
    nobody = {"POSTSTELLE_ADMIN_LOGIN": "", "POSTSTELLE_ADMIN_PASSWORD": "", "POSTSTELLE_ADMIN_NAME": ""}
    with (
        running_simulator(tmp_path / "m365") as simulator,
        running_server(tmp_path / "server", simulator, 2.0, **nobody) as server,
        visiting(browser, server.url, Words("de"), has_worker=True) as visitor,
    ):
        visitor.go("/mail")
        expect(visitor.page).to_have_url(f"{server.url}/setup")
        visitor.field("Your name").fill("Sabine Lindner")
        visitor.field("Login name").fill("sabine")
        visitor.field("Password").fill("zu-kurz")
        visitor.field("Password once more").fill("anders")
        visitor.press("Create administrator and begin")
        visitor.sees("The two passwords differ.")
        visitor.field("Password once more").fill("zu-kurz")
        visitor.press("Create administrator and begin")
        visitor.sees_part("This password is too short.")
        for name in ("Password", "Password once more"):
            visitor.field(name).fill("ein langer Satz als Passwort")
        visitor.press("Create administrator and begin")
        visitor.sees("No mailbox is assigned to you yet")

        visitor.open_mail_settings()
        visitor.go("/setup")
        expect(visitor.page).not_to_have_url(f"{server.url}/setup")
        visitor.log_out("Sabine Lindner")
        visitor.log_in("sabine", "ein langer Satz als Passwort")
