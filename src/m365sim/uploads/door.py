"""The other host: takes the pieces of large files at addresses that need no login.

Source: Graph v1.0, "Attach large files to Outlook messages or events". The guide names no error but the one
for small files; statuses and codes of refusals here are guesses, see ``docs/m365sim/world.md``.
"""

from __future__ import annotations

import re
from hmac import compare_digest
from urllib.parse import parse_qs, quote
from uuid import uuid4

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from m365sim.graph.attachment_routes import check_room
from m365sim.graph.errors import GraphError, bad_request, not_found, not_simulated
from m365sim.graph.http import Answer, error_body, json_answer, no_content
from m365sim.graph.service import throttled
from m365sim.journal import CallRecord
from m365sim.uploads.pieces import Piece, piece_of, read_piece
from m365sim.uploads.sessions import UploadSession
from m365sim.world import attaching
from m365sim.world.content import FileAttachment
from m365sim.world.instants import iso
from m365sim.world.simulation import Simulation

_PATH = re.compile(r"/api/v2\.0/Users\('[^']+'\)/Messages\('[^']+'\)/AttachmentSessions\('([^']+)'\)")


class UploadDoor:
    """An ASGI application. ``base_url`` is its own address as programs reach it: sessions begin with it."""

    def __init__(self, sim: Simulation, base_url: str) -> None:
        self._sim = sim
        sim.uploads.base_url = base_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        record: CallRecord = scope.get("m365sim.call") or CallRecord(request.method, "", "", 0, 0)
        try:
            answer = await self._answer(request, record)
        except GraphError as error:
            answer = self._refusal(error)
        except ClientDisconnect:
            return
        record.status = answer.status
        await _send(send, answer)

    async def _answer(self, request: Request, record: CallRecord) -> Answer:
        if not (self._sim.behaviour.uploads_take_bearer or _is_for_here(request, self._named(request))):
            raise GraphError(401, "InvalidAudienceForResource", "The audience of the token is not this host.")
        session = self._session(request)
        record.mailbox, record.app_id = session.user.upn, session.app_id
        match request.method:
            case "PUT":
                return await self._take(request, session)
            case "DELETE":
                self._sim.uploads.close(session)
                return no_content()
            case "GET":
                raise not_simulated("GET of an attachment's upload session")
        raise GraphError(405, "ErrorInvalidRequest", f"{request.method} is not allowed here.")

    def _named(self, request: Request) -> UploadSession | None:
        match = _PATH.fullmatch(request.scope["path"])
        return self._sim.uploads.find(match[1]) if match else None

    def _session(self, request: Request) -> UploadSession:
        """The session of an address; 404 when it is unknown, 401 without its token or when it has run out."""
        session = self._named(request)
        if session is None or not session.has_message():
            raise not_found("The upload session was not found.")
        options = parse_qs(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if unknown := sorted(set(options) - {"authtoken"}):
            raise not_simulated(f"the query parameter {unknown[0]} here")
        token = options.get("authtoken", [""])[0]
        if not compare_digest(token.encode(), session.token.encode()):
            raise GraphError(401, "InvalidAuthenticationToken", "The authtoken is not that of the session.")
        if session.expires_s <= self._sim.clock.now_s():
            raise GraphError(401, "InvalidAuthenticationToken", "The authtoken of the session has expired.")
        return session

    async def _take(self, request: Request, session: UploadSession) -> Answer:
        """Add one piece. Whatever is refused leaves what has come before as it was."""
        piece = piece_of(request.headers, session, self._sim.behaviour.upload_piece_limit)
        octets = await read_piece(request, piece)
        self._check_still(session, piece)
        self._check_volume(session, len(octets))
        if piece.end + 1 < session.size:
            session.received += octets
            return self._state(session)
        return self._finished(session, bytes(session.received) + octets)

    def _check_still(self, session: UploadSession, piece: Piece) -> None:
        """While the piece was read, another call may have ended the session or brought the same piece."""
        is_open = self._sim.uploads.find(session.id) is session and session.has_message()
        if not is_open or piece.start != len(session.received):
            raise bad_request("The upload session has changed meanwhile.", "ErrorInvalidRequest")

    def _check_volume(self, session: UploadSession, octets: int) -> None:
        now = self._sim.clock.now().timestamp()
        refused = self._sim.limits.upload(session.app_id, session.mailbox.id, octets, now)
        if refused is not None:
            raise throttled(refused)

    def _state(self, session: UploadSession) -> Answer:
        """How far the session is, with a bare start and names in PascalCase: the other host's own ways."""
        name = "nextExpectedRanges" if self._sim.behaviour.upload_answers == "camel" else "NextExpectedRanges"
        place = quote(session.place(), safe="/()'")
        context = f"{self._sim.uploads.base_url}/api/v2.0/$metadata#{place}/AttachmentSessions/$entity"
        return json_answer(
            {
                "@odata.context": context,
                "ExpirationDateTime": iso(session.expires_s),
                name: [str(len(session.received))],
            }
        )

    def _finished(self, session: UploadSession, content: bytes) -> Answer:
        mailbox, message = session.mailbox, session.message
        check_room(mailbox, message, len(content))
        file = session.file
        whole = FileAttachment(file.name, file.content_type, content, file.content_id, file.is_inline)
        part = attaching.attach(mailbox, message, whole)
        self._sim.uploads.close(session)
        counter = message.number if session.is_immutable else message.placement
        shown = mailbox.ids.attachment(counter, part, is_immutable=session.is_immutable)
        base = f"{self._sim.uploads.base_url}/api/v2.0/{session.place()}"
        return Answer(201, headers={"Location": f"{base}/Attachments('{shown}')"})

    def _refusal(self, error: GraphError) -> Answer:
        date, request_id = f"{self._sim.clock.now():%Y-%m-%dT%H:%M:%S}", str(uuid4())
        body = error_body(error, date, request_id, request_id)
        return Answer(error.status, body, "application/json; charset=utf-8", error.headers)


def _is_for_here(request: Request, session: UploadSession | None) -> bool:
    """Whether no token comes along, or the one that stands in the address anyway."""
    if "authorization" not in request.headers:
        return True
    scheme, _, token = request.headers["authorization"].partition(" ")
    if session is None or scheme.lower() != "bearer":
        return False
    return compare_digest(token.encode(), session.token.encode())


async def _send(send: Send, answer: Answer) -> None:
    headers = {"Content-Length": str(len(answer.body)), "request-id": str(uuid4()), **answer.headers}
    if answer.content_type is not None:
        headers["Content-Type"] = answer.content_type
    if answer.status == 204:
        del headers["Content-Length"]
    encoded = [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    await send({"type": "http.response.body", "body": answer.body})
