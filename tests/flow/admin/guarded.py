"""A server beside the simulator whose mailboxes have several sign-ins: what the guardian's tests share."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.flow.admin.client import PASSWORD as OURS
from tests.flow.admin.client import Client
from tests.flow.admin.conftest import assign, person
from tests.flow.admin.running import RunningServer, running_server
from tests.flow.sim import PASSWORD, Simulator
from tests.sim.identity.browser import Browser


@dataclass
class Guarded:
    """Sabine (u1) administers and is assigned; Anna (u2) and Tom (u3) send from ``account``."""

    m365: Simulator
    server: RunningServer
    sabine: Client
    anna: Client
    tom: Client
    address: str
    account: str

    def sign_in(self, who: Client, as_: str | None = None, **wish: Any) -> tuple[str, dict[str, str]]:
        """To Microsoft as ``as_`` and back; the page one ends at, its query and fragment."""
        answer = who.post(f"/sign-in/microsoft/{self.account}", {"confirm": True, **wish})
        assert answer.status == 200, answer.body
        url = answer.json["url"].replace(self.m365.login_base, self.m365.pages_url)
        browser = Browser(self.m365.pages_url).open(url)
        self._choose(browser, as_)
        if browser.has("input[name=passwd]"):
            browser.press("signin", passwd=PASSWORD)
        if browser.has("button#accept"):
            browser.press("accept")
        back = urlsplit(browser.left_for)
        where = urlsplit(who.get(f"{back.path}?{back.query}").location)
        return where.path, dict(parse_qsl(where.query) + parse_qsl(where.fragment))

    def _choose(self, browser: Browser, as_: str | None) -> None:
        if as_ is None:
            return
        if not browser.has("input[name=loginfmt]"):
            browser.press("back")
        browser.press("next", loginfmt=as_)

    def connected(self, who: Client, as_: str | None = None, **wish: Any) -> dict[str, Any]:
        """Sign in and succeed; the row of the sign-in that was given."""
        before = {row["id"] for row in self.sign_ins()}
        where, query = self.sign_in(who, as_, **wish)
        assert where == f"/mail/{self.account}", (where, query)
        [new] = [row for row in self.sign_ins() if row["id"] not in before]
        return new

    def sign_ins(self, who: Client | None = None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (
            (who or self.sabine).get(f"/api/mailboxes/{self.account}/sign-ins").json["sign_ins"]
        )
        return found

    def states(self) -> list[tuple[str, str, str | None]]:
        """Each sign-in by rank: whose, state, Microsoft's code."""
        return [(row["username"], row["state"], row["reason"]) for row in self.sign_ins()]

    def row(self) -> dict[str, Any]:
        found: dict[str, Any] = self.sabine.get(f"/api/accounts/{self.account}").json
        return found

    def state(self) -> tuple[str, str | None]:
        row = self.row()
        return row["state"], row["state_reason"]

    def warnings(self) -> list[dict[str, Any]]:
        """Those about mailboxes: nobody seals the trail here while the clock goes on, which is told, too."""
        found: list[dict[str, Any]] = self.sabine.get("/api/warnings").json["warnings"]
        return [one for one in found if one["kind"] not in {"sealing_stopped", "proof_overdue"}]

    def revoke(self, address: str) -> None:
        """An administrator at Microsoft ends all sessions of a person."""
        self.m365.identity("POST", f"/users/{address}/revoke", {"drop_access_tokens": True})

    def delegate(self, name: str) -> str:
        """The address of somebody at Microsoft who may open the mailbox."""
        address = self.m365.new_mailbox(name)
        self.m365.identity("PUT", f"/users/{address}", {"mailbox_grants": [self.address]})
        return address

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Something inside the server, on its own event loop."""
        return asyncio.run_coroutine_threadsafe(work, self.server.loop).result(60)

    def later(self, days: float) -> None:
        """Time passes here, longer than a login lives."""
        self.server.clock.advance(days * 86400)
        self.sabine.log_in("sabine")

    def renew_due(self) -> int:
        """The guardian's next look."""
        done: int = self.run(self.server.built.guardian.run_due())
        return done

    def pull(self) -> None:
        """A pull, now."""
        self.server.clock.advance(60)
        self.run(self.server.built.engine.run_due())


@contextmanager
def guarded_office(
    m365: Simulator, folder: Path, *, with_engines: bool = False, **environ: str
) -> Iterator[Guarded]:
    with running_server(
        folder,
        with_engines=with_engines,
        **m365.settings,
        **environ,
    ) as server:
        sabine = server.client
        sabine.post("/api/setup", {"login": "sabine", "name": "Sabine Lindner", "password": OURS})
        anna, tom = person(sabine, "anna", "Anna Berger"), person(sabine, "tom", "Tom Maier")
        address = m365.new_mailbox()
        account = sabine.post("/api/accounts", {"address": address, "confirm": True}).json["id"]
        for user in ("u1", "u2", "u3"):
            assign(sabine, account, user)
        yield Guarded(m365, server, sabine, anna, tom, address, account)


def becomes(condition: Callable[[], bool], within_s: float = 60) -> None:
    """Wait until a condition holds."""
    until = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < until, "it did not come true in time"
        time.sleep(0.05)
