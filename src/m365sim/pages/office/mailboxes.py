"""One mailbox: its folders, and the newest messages of one of them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from m365sim.pages.office.frame import Frame, Told, Wrong
from m365sim.pages.office.rows import folder_rows, message_page


def mailboxes_routes(frame: Frame) -> list[Route]:
    """The page of a mailbox."""
    return [Route("/office/mailboxes/{mailbox}", frame.shows(_Mailboxes(frame).page))]


class _Mailboxes:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def page(self, request: Request, told: Told) -> Response:
        mailbox = self._frame.sim.world.mailbox(request.path_params["mailbox"])
        folder = mailbox.folder(request.query_params.get("folder") or "inbox")
        below = _key(request.query_params.get("below", ""))
        return self._frame.render(
            request,
            "mailbox.html",
            told,
            mailbox=mailbox,
            owner=self._frame.sim.directory.user_by_id(mailbox.id),
            folder=folder,
            folder_id=mailbox.ids.folder(folder.number),
            folders=folder_rows(mailbox),
            messages=message_page(mailbox, folder, below),
            is_first=below is None,
            is_away=mailbox.settings.automatic_replies.is_active(mailbox.clock.now_s()),
        )


def _key(given: str) -> int | None:
    if not given:
        return None
    if not given.isdecimal() or len(given) > 20:
        raise Wrong("o.no_folder", 404)
    return int(given)
