"""One message: what it says, what is known of it, and what another program might do to it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from m365sim.pages.office.frame import Form, Frame, Told, Wrong, back, link
from m365sim.pages.office.rows import folder_rows, in_full
from m365sim.world import organise
from m365sim.world.compose import attachment_size, internet_headers
from m365sim.world.content import Attachment, Content, FileAttachment
from m365sim.world.instants import from_seconds
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Flag, Message
from m365sim.world.organise import Marks
from m365sim.world.text import html_to_text

HTML_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
"""For what strangers wrote: nothing runs, nothing is loaded, nothing is sent."""
_MARKS = {
    "read": Marks(is_read=True),
    "unread": Marks(is_read=False),
    "flag": Marks(flag=Flag("flagged")),
    "complete": Marks(flag=Flag("complete")),
    "unflag": Marks(flag=Flag()),
}


def message_routes(frame: Frame) -> list[Route]:
    """The page of a message, its HTML, and its form."""
    messages = _Messages(frame)
    path = "/office/mailboxes/{mailbox}/messages/{message}"
    return [
        Route(path, frame.shows(messages.page), methods=["GET"]),
        Route(path, frame.acts(messages.page, messages.change), methods=["POST"]),
        Route(f"{path}/html", frame.shows(messages.html)),
    ]


class _Messages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def _found(self, request: Request) -> tuple[Mailbox, Message]:
        mailbox = self._frame.sim.world.mailbox(request.path_params["mailbox"])
        return mailbox, mailbox.message(request.path_params["message"])

    def page(self, request: Request, told: Told) -> Response:
        mailbox, message = self._found(request)
        content = message.source.load()
        return self._frame.render(
            request,
            "message.html",
            told,
            mailbox=mailbox,
            message=message,
            content=content,
            text=html_to_text(content.body) if content.is_html else content.body,
            people=_people(content),
            headers=internet_headers(content, from_seconds(message.received_s)),
            attachments=[_attachment(a) for a in content.attachments],
            immutable_id=mailbox.ids.immutable(message.number),
            default_id=mailbox.ids.message(message.placement),
            folder_id=mailbox.ids.folder(message.folder.number),
            conversation_id=mailbox.ids.conversation(content.conversation),
            targets=[f for f in folder_rows(mailbox) if not f.is_search and not f.is_beyond],
            is_poisoned=message.number in mailbox.poisoned,
        )

    def html(self, request: Request, told: Told) -> Response:
        """The HTML body as it was written, for a frame in which nothing runs."""
        _, message = self._found(request)
        content = message.source.load()
        if not content.is_html:
            raise Wrong("o.no_message", 404)
        headers = {
            "Content-Security-Policy": HTML_POLICY,
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        return HTMLResponse(content.body.encode("utf-8", "replace"), headers=headers)

    def change(self, request: Request, form: Form) -> Response:
        """Do to the message what the pressed button says."""
        mailbox, message = self._found(request)
        deed = form.get("do", "")
        here = link("office", "mailboxes", mailbox.address, "messages", mailbox.ids.immutable(message.number))
        if deed in _MARKS:
            organise.mark(mailbox, message, _MARKS[deed])
        elif deed == "move":
            organise.move(mailbox, message, mailbox.folder(form.get("to") or "-"))
        elif deed == "delete":
            is_recoverable = self._frame.sim.behaviour.recoverable_items
            organise.delete(mailbox, message, is_recoverable=is_recoverable)
        elif deed == "destroy":
            mailbox.remove(message)
        else:
            raise Wrong("o.no_form")
        if message.number not in mailbox.messages:
            return back(link("office", "mailboxes", mailbox.address), "gone")
        return back(here, deed)


def _people(content: Content) -> list[tuple[str, str]]:
    """Key of the words, and who: those that the message names."""
    lists = (
        ("o.to", content.to),
        ("o.cc", content.cc),
        ("o.bcc", content.bcc),
        ("o.reply_to", content.reply_to),
    )
    rows = [("h.from", in_full(content.from_ or content.sender))]
    if content.sender and content.from_ and content.sender.address != content.from_.address:
        rows.append(("o.sender", in_full(content.sender)))
    rows += [(key, "; ".join(map(in_full, people))) for key, people in lists]
    return [(key, who) for key, who in rows if who]


def _attachment(attachment: Attachment) -> tuple[str, str, int, bool]:
    """Name, type, octets, and whether it belongs inside the text."""
    if isinstance(attachment, FileAttachment):
        kind, is_inline = attachment.content_type, attachment.is_inline
    else:
        kind, is_inline = type(attachment).__name__, False
    return attachment.name, kind, attachment_size(attachment), is_inline
