"""Mail that left the simulated world, and what is still to happen in it."""

from __future__ import annotations

from itertools import islice

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from m365sim.pages.office.frame import Form, Frame, Told, back
from m365sim.pages.office.rows import in_full
from m365sim.world.agenda import Action
from m365sim.world.outside import OutsideLetter
from m365sim.world.post import Delivery
from m365sim.world.sending import SentCopy
from m365sim.world.text import html_to_text

_SHOWN = 100


def letters_routes(frame: Frame) -> list[Route]:
    """The page and its form."""
    letters = _Letters(frame)
    return [
        Route("/office/letters", frame.shows(letters.page)),
        Route("/office/letters/clear", frame.acts(letters.page, letters.clear), methods=["POST"]),
    ]


class _Letters:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def page(self, request: Request, told: Told) -> Response:
        world = self._frame.sim.world
        newest = list(islice(reversed(world.outside), _SHOWN))
        return self._frame.render(
            request,
            "letters.html",
            told,
            letters=[_letter(letter) for letter in newest],
            letters_total=len(world.outside),
            under_way=[_entry(at_s, action) for at_s, action in islice(world.agenda.ahead(), _SHOWN)],
            under_way_total=len(world.agenda),
            shown=_SHOWN,
        )

    def clear(self, request: Request, form: Form) -> Response:
        self._frame.sim.world.outside.clear()
        return back("/office/letters", "cleared")


def _letter(letter: OutsideLetter) -> dict[str, object]:
    content = letter.content
    return {
        "at_s": letter.at_s,
        "id": content.message_id,
        "sender": letter.sender,
        "recipients": letter.recipients,
        "author": in_full(content.from_ or content.sender),
        "subject": content.subject,
        "text": html_to_text(content.body) if content.is_html else content.body,
        "attachments": [a.name for a in content.attachments],
    }


def _entry(at_s: float, action: Action) -> tuple[float, str, str, str]:
    """When, the key of the words for what it is, what it is about, and for whom."""
    match action:
        case Delivery(letter=letter):
            return at_s, "o.delivery", letter.written.subject, ", ".join(letter.recipients)
        case SentCopy(content=content):
            return at_s, "o.sent_copy", content.subject, in_full(content.from_ or content.sender)
    return at_s, "o.other_action", type(action).__name__, ""
