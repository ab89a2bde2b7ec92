"""What all pages of the office share: the frame around them, how forms act, how refusals are told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from m365sim.control.reading import Refused
from m365sim.identity.app import read_form
from m365sim.identity.errors import OAuthError
from m365sim.identity.platform import IdentityPlatform
from m365sim.pages.office.showing import shown_amount, shown_number, shown_span, shown_when
from m365sim.pages.office.words import DONE
from m365sim.pages.render import Renderer
from m365sim.pages.words import Language, choose_language, text
from m365sim.world.errors import MalformedId, NoSuchFolder, NoSuchMailbox, NoSuchMessage, WorldError
from m365sim.world.mailbox import Mailbox
from m365sim.world.simulation import Simulation

Form = Mapping[str, str]
Handler = Callable[[Request], Awaitable[Response]]

POLICY = "connect-src 'self'; frame-src 'self'; form-action 'self'"


class Wrong(Exception):
    """Something cannot be shown or done; ``key`` names the words that say why. Nothing was changed."""

    def __init__(self, key: str, status: int = 400, **values: str) -> None:
        super().__init__(key)
        self.key, self.status, self.values = key, status, values

    def words(self, language: Language) -> str:
        """Why, for the person who asked."""
        return text(language, self.key, **self.values)


@dataclass(frozen=True, slots=True)
class Told:
    """What a page says of a form that was refused: why, and what stood in it."""

    problem: str = ""
    form: Form = field(default_factory=dict)
    status: int = 200


Page = Callable[[Request, Told], Response]
Act = Callable[[Request, Form], Response]


class Frame:
    """Renders pages and runs forms, over one simulator."""

    def __init__(self, platform: IdentityPlatform, simulation: Simulation, renderer: Renderer) -> None:
        self.platform = platform
        self.sim = simulation
        self._renderer = renderer

    def render(self, request: Request, template: str, told: Told, **values: Any) -> Response:
        """One page within the frame; ``template`` lies under ``office/``."""
        language = language_of(request)
        now_s = self.sim.clock.now_s()
        return self._renderer.page(
            f"office/{template}",
            language,
            status=told.status,
            policy=POLICY,
            problem=told.problem,
            form=told.form,
            done=_done(request, language),
            here=request.url.path,
            now_s=now_s,
            ahead_s=self.sim.clock.offset.total_seconds(),
            when=shown_when(language, now_s),
            number=shown_number(language),
            octets=shown_amount(language),
            ahead=shown_span(language),
            link=link,
            **values,
        )

    def shows(self, page: Page) -> Handler:
        """The handler that shows a page, or says what is missing."""

        async def handler(request: Request) -> Response:
            try:
                return page(request, Told())
            except (Wrong, WorldError) as error:
                return self._problem(request, wrong_of(error))

        return handler

    def acts(self, page: Page, act: Act) -> Handler:
        """The handler that carries a form out; a refused one is shown on ``page`` with what stood in it."""

        async def handler(request: Request) -> Response:
            form: Form = {}
            try:
                form = await read_form(request)
                return act(request, form)
            except (Wrong, WorldError, Refused, OAuthError) as error:
                return self._again(request, page, form, wrong_of(error))

        return handler

    def _again(self, request: Request, page: Page, form: Form, wrong: Wrong) -> Response:
        try:
            return page(request, Told(wrong.words(language_of(request)), form, wrong.status))
        except (Wrong, WorldError) as error:
            return self._problem(request, wrong_of(error))

    def _problem(self, request: Request, wrong: Wrong) -> Response:
        told = Told(wrong.words(language_of(request)), status=wrong.status)
        return self.render(request, "problem.html", told)


def wrong_of(error: Exception) -> Wrong:
    """Why something was refused, in words of ours where we have them."""
    match error:
        case Wrong():
            return error
        case NoSuchMailbox():
            return Wrong("o.no_mailbox", 404)
        case NoSuchMessage():
            return Wrong("o.no_message", 404)
        case NoSuchFolder():
            return Wrong("o.no_folder", 404)
        case MalformedId():
            return Wrong("o.nothing", 404)
        case OAuthError():
            return Wrong("o.no_form")
    return Wrong("o.refused", why=str(error))


def language_of(request: Request) -> Language:
    """The language of the browser."""
    return choose_language(None, request.headers.get("accept-language"))


def link(*parts: str, **query: str) -> str:
    """An address of this page: its parts, and a query without what is empty."""
    path = "/" + "/".join(quote(part, safe="@") for part in parts)
    given = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def back(path: str, done: str, **counts: int) -> Response:
    """Send the browser to a page that says what was done. The path may have a query and an anchor."""
    path, hash_, anchor = path.partition("#")
    query = urlencode({"done": done, **counts})
    return RedirectResponse(f"{path}{'&' if '?' in path else '?'}{query}{hash_}{anchor}", 303)


def _done(request: Request, language: Language) -> str:
    """The words for what was done just now; only known ones, whatever the address says."""
    key = request.query_params.get("done", "")
    if key not in DONE:
        return ""
    count = request.query_params.get("count", "")
    several = f"{key}.several"
    if several in DONE and count.isdecimal() and int(count[:9]) > 1:
        return text(language, f"o.done.{several}", count=count[:9])
    return text(language, f"o.done.{key}")


def mailbox_of(sim: Simulation, form: Form, name: str) -> Mailbox:
    """The mailbox that a form names; Wrong when there is none."""
    try:
        return sim.world.mailbox(form.get(name, ""))
    except NoSuchMailbox as error:
        raise Wrong("o.no_mailbox") from error


def whole(form: Form, name: str, label: str, least: int, most: int) -> int:
    """A whole number of a form; Wrong when it is none or out of its range."""
    given = form.get(name, "").strip()
    value = int(given) if given.isdecimal() and len(given) < 16 else -1
    if not least <= value <= most:
        raise Wrong("o.not_whole", name=label, least=str(least), most=str(most))
    return value
