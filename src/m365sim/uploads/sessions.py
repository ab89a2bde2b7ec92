"""Upload sessions that are open, by the id in their address.

Source: Graph v1.0, "attachment: createUploadSession", "Attach large files to Outlook messages or events".
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from secrets import token_bytes, token_urlsafe

from m365sim.directory import User
from m365sim.world.content import FileAttachment
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Message


@dataclass(slots=True, eq=False)
class UploadSession:
    """One file on its way to one message, and what has come of it so far.

    ``token`` is what makes its address good without a login. ``file`` is the attachment to be, still empty;
    ``size`` its octets as announced. ``is_immutable`` says in which form its opener reads ids.
    """

    app_id: str
    user: User
    mailbox: Mailbox
    message: Message
    file: FileAttachment
    size: int
    expires_s: int
    is_immutable: bool
    id: str = field(default_factory=lambda: urlsafe_b64encode(token_bytes(48)).decode())
    token: str = field(default_factory=lambda: token_urlsafe(48))
    received: bytearray = field(default_factory=bytearray)

    def place(self) -> str:
        """The message in the words of the other host: ``Users('…')/Messages('…')``."""
        owner = f"Users('{self.user.id}@{self.user.tenant_id}')"
        ids = self.mailbox.ids
        shown = (
            ids.immutable(self.message.number) if self.is_immutable else ids.message(self.message.placement)
        )
        return f"{owner}/Messages('{shown}')"

    def has_message(self) -> bool:
        """Whether the message is still there."""
        return self.mailbox.messages.get(self.message.number) is self.message


class Uploads:
    """The open sessions. ``base_url`` is where the door answers, empty while there is none."""

    def __init__(self) -> None:
        self.base_url = ""
        self._open: dict[str, UploadSession] = {}

    def add(self, session: UploadSession, now_s: int) -> None:
        """Open a session, and forget those that have run out."""
        self._open = {key: s for key, s in self._open.items() if s.expires_s > now_s}
        self._open[session.id] = session

    def find(self, session_id: str) -> UploadSession | None:
        """The session of this id, run out or not; None when there is none."""
        return self._open.get(session_id)

    def close(self, session: UploadSession) -> None:
        """Forget a session and what it received."""
        self._open.pop(session.id, None)

    def url(self, session: UploadSession) -> str:
        """The address that takes the pieces."""
        where = f"{self.base_url}/api/v2.0/{session.place()}/AttachmentSessions('{session.id}')"
        return f"{where}?authtoken={session.token}"
