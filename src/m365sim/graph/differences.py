"""Where the simulator knowingly answers otherwise than the official description says, and why.

Read by ``python -m tests.coverage`` for ``docs/m365sim/coverage.md``. ``path`` is the end of the operation's.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference from the description."""

    method: str
    path: str
    what: str
    why: str


DIFFERENCES = (
    Difference(
        "GET",
        "/messages/{message-id}/$value",
        "the type is text/plain, the description says application/octet-stream",
        "so it is at Microsoft: Graph v1.0, 'Get MIME content of a message'",
    ),
    Difference(
        "GET",
        "/me/messages/delta()",
        "400: delta is asked for folder by folder",
        "it is in the description, but the guides have it per folder only, and the service refuses it",
    ),
    Difference(
        "GET",
        "/childFolders/delta()",
        "tells of all depths below the folder",
        "not documented: 'mailFolder: delta' speaks of the whole mailbox only",
    ),
)


@dataclass(frozen=True, slots=True)
class WithoutEffect:
    """A header of a request that changes nothing about the answer, and on what ground."""

    header: str
    what: str
    why: str


WITHOUT_EFFECT = (
    WithoutEffect(
        "If-None-Match",
        "200 with the whole answer, never 304",
        "the description declares no conditional reading of mail, only If-Match for deleting",
    ),
    WithoutEffect(
        "If-Match with GET",
        "200, whatever it says; with any other method it is 412 unless it is `*` or a message's entity tag",
        "the description has it for deleting alone",
    ),
    WithoutEffect(
        "If-Modified-Since, If-Unmodified-Since, If-Range with GET",
        "200 with the whole answer; with other methods 501, as are If-None-Match and Content-Range",
        "no answer has a Last-Modified",
    ),
    WithoutEffect(
        "Content-MD5, Digest, Content-Digest, Repr-Digest",
        "the body is taken as it came, and not compared",
        "the description declares none; TLS guards the way",
    ),
    WithoutEffect(
        "Range",
        "200 with the whole of a `$value`, never 206 or 416; no Accept-Ranges; nothing with other methods",
        "the description declares neither for messages and attachments; files in drives have it",
    ),
    WithoutEffect(
        "Prefer of a `$batch` as a whole",
        "understood or refused as anywhere, and not confirmed; its parts bring their own",
        "the guide gives each part headers of its own, and says nothing of these",
    ),
    WithoutEffect(
        "Authorization in a part of a `$batch`",
        "the same as the call's own is taken; another is 501",
        "not documented whose rights such a part would have",
    ),
)
"""Headers that programs may expect something of. Source: openapi-mail.yaml, parameters "in: header"."""
