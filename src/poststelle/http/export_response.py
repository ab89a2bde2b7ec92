"""The answer that is an export, a file that is written while it is sent."""

from collections.abc import AsyncIterator, Callable
from urllib.parse import quote

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

TYPES = {"mbox": "application/mbox", "zip": "application/zip", "json": "application/json"}


class Export(StreamingResponse):
    """A file that is written while it is sent; ``at_end`` is called once, however that ends."""

    def __init__(
        self, pieces: AsyncIterator[bytes], name: str, kind: str, at_end: Callable[[], None]
    ) -> None:
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        super().__init__(pieces, media_type=TYPES[kind], headers=headers)
        self._at_end = at_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._at_end()
