"""An open event stream of one browser."""

import http.client
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.flow.admin.client import Client


class EventStream:
    """``GET /jmap/eventsource``, open for the time of the block."""

    def __init__(self, client: Client) -> None:
        cookie = "; ".join(f"{k}={v}" for k, v in client.cookies.items())
        self._connection = http.client.HTTPConnection(urlsplit(client.base).netloc, timeout=60)
        self._connection.request("GET", "/jmap/eventsource?types=*&ping=0", headers={"Cookie": cookie})
        assert self._connection.sock is not None
        self._socket = self._connection.sock
        self._response = self._connection.getresponse()
        assert self._response.status == 200
        assert self._response.readline().startswith(b":")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._response.close()
        self._connection.close()
        self._socket.close()

    def ends_within(self, seconds: float) -> bool:
        """Whether the server closes the stream in time."""
        self._socket.settimeout(seconds)
        try:
            while self._response.readline():
                pass
        except TimeoutError:
            return False
        return True
