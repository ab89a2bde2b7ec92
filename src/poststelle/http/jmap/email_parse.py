"""Email/parse: any blob read as a message. Source: RFC 8621 §4.9."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from poststelle.access.rights import require
from poststelle.http.jmap import body_options, headers
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.blob_octets import open_base, open_blob
from poststelle.http.jmap.body_options import BODY_PROPERTIES, BodyOptions
from poststelle.http.jmap.email_mime import NoMessage, parsed_email
from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.ids import account_text, parse_any_blob
from poststelle.http.jmap.limits import MAX_PARSE
from poststelle.http.jmap.telling import Left, weighed
from poststelle.mail.mime_reader import TooLarge, read_all
from poststelle.mail.originals import LARGEST_PARSED
from poststelle.mime.header_told import CONVENIENT
from poststelle.model.errors import NotFound
from poststelle.model.ids import AccountId
from poststelle.model.rights import Level
from poststelle.providers.errors import ProviderError

_NULL = frozenset({"id", "threadId", "mailboxIds", "keywords", "receivedAt"})
"""What only a stored message has."""
_KNOWN = _NULL | BODY_PROPERTIES | set(CONVENIENT) | {"blobId", "size", "hasAttachment", "preview"}
_DEFAULT = (
    "messageId", "inReplyTo", "references", "sender", "from", "to", "cc", "bcc", "replyTo", "subject",
    "sentAt", "hasAttachment", "preview", "bodyValues", "textBody", "htmlBody", "attachments",
)  # fmt: skip


async def email_parse(call: Call, args: Args) -> dict[str, Any]:
    """Each blob as an Email. Raises serverUnavailable when one is still at Microsoft and can't be had now."""
    account = args.account()
    asked = args.strings("blobIds")
    if asked is None:
        raise MethodError("invalidArguments", "blobIds is missing")
    asked_for = args.names("properties")
    headers.check(asked_for or (), _KNOWN, "property")
    names = list(_DEFAULT) if asked_for is None else asked_for
    options = body_options.take(args)
    args.done()
    ids = list(dict.fromkeys(asked))
    if len(ids) > MAX_PARSE:
        raise MethodError("requestTooLarge", f"at most {MAX_PARSE} blobs at once")
    await call.read(require, call.caller.user_id, account, Level.READ)
    await _check_sizes(call, account, ids)
    parsed: dict[str, Any] = {}
    not_parsable, not_found, left = [], [], Left(call.limits.values)
    for blob in ids:
        try:
            parsed[blob], *weight = await _parse(call, account, blob, names, options)
        except NotFound:
            not_found.append(blob)
        except (NoMessage, TooLarge):
            not_parsable.append(blob)
        except ProviderError as error:
            raise MethodError("serverUnavailable", f"{blob} is still at Microsoft; ask again") from error
        else:
            left.tell(*weight)
    return {
        "accountId": account_text(account),
        "parsed": parsed or None,
        "notParsable": not_parsable or None,
        "notFound": not_found or None,
    }


async def _check_sizes(call: Call, account: AccountId, ids: Sequence[str]) -> None:
    """Raise MethodError before anything is read in vain; how large parts are shows when they are read."""
    total = call.parsed_octets
    for blob in ids:
        ref = parse_any_blob(call.blob_id(blob))
        if ref is None or ref.path:
            continue
        try:
            total += (await open_base(call.context, call.caller, account, ref)).size
        except (NotFound, ProviderError):  # told when it is its turn
            continue
    call.check_parsed(total)


async def _parse(
    call: Call, account: AccountId, blob: str, names: list[str], options: BodyOptions
) -> tuple[dict[str, Any], int, int]:
    """The message, and how much that is: values, about, and octets."""
    opened = await open_blob(call.context, call.caller, account, call.blob_id(blob))
    call.take_apart(opened.taken_apart)
    call.parse(opened.size)
    by_octets = [name for name in names if name not in _NULL]
    tell = partial(parsed_email, blob=call.blob_id(blob), names=by_octets, options=options)
    load = partial(read_all, opened.chunks, LARGEST_PARSED)
    told, values, octets = await call.take_mime(load, partial(weighed, tell))
    return {name: told.get(name) for name in names}, values, octets
