"""The blocking HTTP that MSAL uses, with our rules instead of its defaults.

MSAL remembers a refused token request for 60 seconds and answers it from
memory; it also replays 429 answers. Both happen inside one app object, so
``tokens`` builds a new one for each exchange, and the documents that are worth
remembering (discovery, keys) are remembered here instead.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urljoin

import msgspec
import requests

from poststelle.providers.errors import RetryLater
from poststelle.providers.graph.throttle import parse_retry_after

DOCUMENT_LIFE_S = 3600.0
_TIMEOUT_S = (10.0, 30.0)
_MOST_REDIRECTS = 5
_PAGE_LENGTH = 200_000


class OauthAnswer:
    """What MSAL reads of an HTTP answer."""

    def __init__(self, status_code: int, text: str, headers: Mapping[str, str]) -> None:
        self.status_code = status_code
        self.text = text
        self.headers = headers

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise RetryLater(f"sign_in_http_{self.status_code}")


class OauthHttp:
    """MSAL's ``http_client``: get, post, close. Used from worker threads.

    Proxy, netrc and ``REQUESTS_CA_BUNDLE`` of the environment are not read:
    that variable would silently replace ``ca_file``. Raises RetryLater when
    the service is unreachable, throttles (429), fails (5xx) or answers anything but JSON.
    """

    def __init__(self, ca_file: str | None = None, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = ca_file or True
        self._monotonic = monotonic
        self._documents: dict[str, tuple[float, OauthAnswer]] = {}
        self._lock = threading.Lock()

    def get(self, url: str, *, is_fresh: bool = False, **kwargs: Any) -> OauthAnswer:
        """A document; answers with 200 are remembered for an hour unless ``is_fresh``."""
        now = self._monotonic()
        with self._lock:
            known = self._documents.get(url)
        if known and not is_fresh and now - known[0] < DOCUMENT_LIFE_S:
            return known[1]
        answer = self._send("GET", url, **kwargs)
        if answer.status_code == 200:
            with self._lock:
                self._documents[url] = (now, answer)
        return answer

    def post(self, url: str, **kwargs: Any) -> OauthAnswer:
        return self._send("POST", url, **kwargs)

    def page(self, url: str, *, until: str) -> str | None:
        """The page a browser would end at; None when it would be sent to ``until``."""
        for _ in range(_MOST_REDIRECTS):
            response = self._request("GET", url)
            target = urljoin(url, response.headers.get("Location", ""))
            if not response.is_redirect:
                return response.text[:_PAGE_LENGTH]
            if target.partition("?")[0] == until:
                return None
            url = target
        raise RetryLater("sign_in_garbled")

    def close(self) -> None:
        self._session.close()

    def _send(self, method: str, url: str, **kwargs: Any) -> OauthAnswer:
        kwargs.pop("timeout", None)
        response = self._request(method, url, **kwargs)
        _require_json(response.content)
        return OauthAnswer(response.status_code, response.text, response.headers)

    def _request(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        try:
            response = self._session.request(method, url, timeout=_TIMEOUT_S, allow_redirects=False, **kwargs)
        except requests.RequestException as error:
            raise RetryLater("sign_in_unreachable") from error
        if response.status_code == 429 or response.status_code >= 500:
            raise RetryLater(
                f"sign_in_http_{response.status_code}",
                after_s=parse_retry_after(response.headers.get("Retry-After"), response.headers.get("Date")),
                is_throttled=response.status_code == 429,
            )
        return response


def _require_json(octets: bytes) -> None:
    """MSAL lets a broken answer out as a ValueError, and a broken document must not be remembered."""
    try:
        msgspec.json.decode(octets, type=msgspec.Raw)
    except msgspec.DecodeError as error:
        raise RetryLater("sign_in_garbled") from error
