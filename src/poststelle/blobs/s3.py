"""Objects in a bucket of anything that speaks S3.

obstore's own calls, in our threads: with its asynchronous ones a process ended in a crash one time in five
(docs/decisions/0033).

Source: Amazon S3 API Reference; obstore 0.12.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import IO, TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from poststelle.blobs import marks
from poststelle.blobs.base import BlobsUnavailable
from poststelle.blobs.objects import ObjectMissing
from poststelle.model.blob_address import S3Address

if TYPE_CHECKING:
    from obstore.store import ClientConfig

PART = 8 * 1024 * 1024
"""Octets of one request when much is stored; so many and two more of them are in memory."""
_PARTS_AT_ONCE = 2
_CONNECT, _REQUEST = timedelta(seconds=3), timedelta(seconds=60)
_RETRIES, _RETRY_FOR = 2, timedelta(seconds=8)
_LONGEST_WAIT = timedelta(seconds=1)
_LONGEST_TOLD = 300
_NO_SUCH_KEY = re.compile(r"<Code>\s*NoSuchKey\s*</Code>")
_DENIED = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "AuthorizationHeaderMalformed")


class S3Objects:
    """In the bucket and below the prefix of ``address``. ``place``: what its mark names, where that is known.

    An object is not there when the storage says ``NoSuchKey``. Any other 404 is somebody else's, of a proxy
    without a backend for instance, and means as much as no answer. Raises ValueError for a CA that is none.
    """

    def __init__(self, address: S3Address, place: str | None = None) -> None:
        self._place, self._where = place, str(address)
        options: ClientConfig = {
            "allow_http": address.endpoint.startswith("http://"),
            "connect_timeout": _CONNECT,
            "timeout": _REQUEST,
        }
        if address.ca is not None:
            options["root_certificate"] = address.ca
        try:
            self._store = S3Store(
                address.bucket,
                prefix=address.prefix or None,
                config={
                    "endpoint": _endpoint(address),
                    "region": address.region,
                    "access_key_id": address.access_key,
                    "secret_access_key": address.secret_key,
                    "virtual_hosted_style_request": address.is_virtual_hosted,
                },
                client_options=options,
                retry_config={
                    "max_retries": _RETRIES,
                    "retry_timeout": _RETRY_FOR,
                    "backoff": {"max_backoff": _LONGEST_WAIT},
                },
            )
        except BaseError as error:
            raise ValueError(_short(error)) from error

    def put(self, name: str, octets: bytes | IO[bytes]) -> None:
        with _told(name):
            if isinstance(octets, bytes):
                obstore.put(self._store, name, octets, use_multipart=False)
                return
            octets.seek(0)
            obstore.put(self._store, name, octets, chunk_size=PART, max_concurrency=_PARTS_AT_ONCE)

    def get(self, name: str, begin: int = 0, end: int | None = None) -> bytes:
        with _told(name):
            if end is None:
                return bytes(obstore.get(self._store, name).bytes())
            return bytes(obstore.get_range(self._store, name, start=begin, end=end))

    def size(self, name: str) -> int | None:
        with _told(name):
            try:
                return int(obstore.head(self._store, name)["size"])
            except FileNotFoundError:  # an answer to HEAD has no text that says why
                pass
        try:
            self.get(name, 0, 1)
        except ObjectMissing:
            return None
        raise BlobsUnavailable("unreachable", "said to be missing, and there")

    def destroy(self, name: str) -> None:
        try:
            with _told(name):
                obstore.delete(self._store, name)
        except ObjectMissing:
            return

    def look(self) -> None:
        try:
            mark = self.get(marks.MARK)  # a GET, since a HEAD is not told why it is refused
        except ObjectMissing as error:
            if self._place is None:
                return
            raise BlobsUnavailable("unmarked", f"{self._where}: {marks.MARK} is not there") from error
        if self._place is not None:
            marks.require(mark, self._place, self._where)


def _endpoint(address: S3Address) -> str:
    """obstore wants the bucket's own host where buckets are named by hosts."""
    scheme, _, place = address.endpoint.partition("://")
    return f"{scheme}://{address.bucket}.{place}" if address.is_virtual_hosted else address.endpoint


@contextmanager
def _told(name: str) -> Iterator[None]:
    """What obstore raises, as what we do. Its text names the request, and neither key nor octets."""
    try:
        yield
    except FileNotFoundError as error:
        if "NoSuchBucket" in str(error):
            raise BlobsUnavailable("no_bucket", _short(error)) from error
        if _NO_SUCH_KEY.search(str(error)):
            raise ObjectMissing(name) from error
        raise BlobsUnavailable("unreachable", _short(error)) from error
    except (PermissionDeniedError, UnauthenticatedError) as error:
        raise BlobsUnavailable("denied", _short(error)) from error
    except (BaseError, OSError, ValueError) as error:
        is_denied = any(code in str(error) for code in _DENIED)
        raise BlobsUnavailable("denied" if is_denied else "unreachable", _short(error)) from error


def _short(error: Exception) -> str:
    return str(error).partition("\n")[0][:_LONGEST_TOLD]
