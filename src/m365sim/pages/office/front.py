"""The first page: deliver a message, and every mailbox in figures."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from m365sim.pages.office import delivering
from m365sim.pages.office.delivering import Delivered
from m365sim.pages.office.enquiries import Enquiries
from m365sim.pages.office.frame import Form, Frame, Told, back, link, mailbox_of
from m365sim.pages.office.rows import likely_recipient, mailbox_rows


def front_routes(frame: Frame) -> list[Route]:
    """The first page and its forms."""
    front = _Front(frame)
    return [
        Route("/", frame.shows(front.page)),
        Route("/office/receive", frame.acts(front.page, front.receive), methods=["POST"]),
        Route("/office/enquiry", frame.acts(front.page, front.enquire), methods=["POST"]),
    ]


class _Front:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._enquiries = Enquiries()

    def page(self, request: Request, told: Told) -> Response:
        sim = self._frame.sim
        rows = mailbox_rows(sim.world)
        chosen = told.form.get("address") or request.query_params.get("to", "")
        is_known = any(row.address == chosen for row in rows)
        return self._frame.render(
            request,
            "front.html",
            told,
            mailboxes=rows,
            recipient=chosen if is_known else likely_recipient(rows),
            most=delivering.MOST,
            outside=len(sim.world.outside),
            under_way=len(sim.world.agenda),
            base_url=self._frame.platform.base_url,
        )

    def receive(self, request: Request, form: Form) -> Response:
        mailbox = mailbox_of(self._frame.sim, form, "address")
        delivered = delivering.deliver(self._frame.sim.world, mailbox, form)
        return _told(link(to=mailbox.address), delivered)

    def enquire(self, request: Request, form: Form) -> Response:
        """Deliver a typical enquiry; the button may stand on the mailbox's own page, which is shown again."""
        world = self._frame.sim.world
        mailbox = mailbox_of(self._frame.sim, form, "address")
        delivered = delivering.deliver_enquiry(world, mailbox, self._enquiries.next_for(mailbox.language))
        is_at_home = form.get("at") != "mailbox"
        path = link(to=mailbox.address) if is_at_home else link("office", "mailboxes", mailbox.address)
        return _told(path, delivered)


def _told(path: str, delivered: Delivered) -> Response:
    return back(path, "posted" if delivered.is_under_way else "delivered", count=delivered.count)
