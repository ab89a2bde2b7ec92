"""What mail servers report of a delivery, and what it means for a submission.

Source: RFC 3464 (delivery status notifications), RFC 3462 (multipart/report), RFC 8621 §7 (deliveryStatus).
"""

import email
import re
from dataclasses import dataclass
from email.message import Message as MimeMessage

from msgspec import structs

from poststelle.mail.ingest import lock
from poststelle.mime.text import clean, shortened
from poststelle.model.submission import Delivery, Submission
from poststelle.store import bounces, forwarding_refusals, messages, submissions, undoing
from poststelle.store.bounces import Bounce
from poststelle.store.tx import Tx

_ID = re.compile(r"<[^<>\s]+>")
_DELIVERED = {"failed": "no", "delayed": "queued", "delivered": "yes", "relayed": "yes", "expanded": "yes"}
_LONGEST_REPLY = 500
_NO_FORWARDING = re.compile(r"\b5\.7\.520\b")
"""Exchange Online's answer where an outbound policy forbids automatic forwarding: "Control automatic external
email forwarding in Microsoft 365" (read 2026-11)."""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a message (one of these Message-IDs, with brackets), by recipient in lower case."""

    message_ids: tuple[str, ...]
    recipients: dict[str, Delivery]


def parse(octets: bytes) -> Report | None:
    """The report in a message; None when it is none. The octets may be cut off at their end.

    Raises RecursionError for messages within messages, deeper than Python goes.
    """
    whole = email.message_from_bytes(octets)
    recipients: dict[str, Delivery] = {}
    names = _ID.findall(str(whole.get("In-Reply-To", ""))) + _ID.findall(str(whole.get("References", "")))
    for part in whole.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            recipients |= _statuses(part)
        elif kind in {"message/rfc822", "text/rfc822-headers"}:
            names = _ID.findall(_original_id(part)) + names
    return Report(tuple(dict.fromkeys(names)), recipients) if recipients else None


def apply(tx: Tx, bounce: Bounce, report: Report | None) -> None:
    """Keep what the report says, and bring it into the thread of what could not be delivered."""
    lock(tx, bounce.account_id)
    bounces.settle(tx, bounce)
    if report is None:
        return
    if any(_NO_FORWARDING.search(told.smtp_reply) for told in report.recipients.values()):
        forwarding_refusals.put(tx, bounce.account_id, bounce.received_at)
    for submission in submissions.by_message_id(tx, bounce.account_id, report.message_ids)[:1]:
        submissions.set_delivery(tx, submission, _with_report(submission, report))
        _join_thread(tx, bounce, submission)


def _join_thread(tx: Tx, bounce: Bounce, submission: Submission) -> None:
    """The provider groups most reports with their message by itself; a thread never changes under one id."""
    found = messages.get(tx, bounce.account_id, bounce.message_id)
    about = messages.get(tx, bounce.account_id, submission.message_id)
    if found is None or about is None or found.thread_id == about.thread_id:
        return
    undoing.renew(tx, found, structs.replace(found, thread_id=about.thread_id), keeps_parts=True)


def _with_report(submission: Submission, report: Report) -> dict[str, Delivery]:
    told = dict(submission.delivery)
    for recipient in submission.envelope.rcpt_to:
        found = report.recipients.get(recipient.casefold())
        if found is not None:
            told[recipient] = found
    return told


def _statuses(part: MimeMessage) -> dict[str, Delivery]:
    """The groups of fields that speak of one recipient each."""
    groups = part.get_payload()
    found: dict[str, Delivery] = {}
    for group in groups if isinstance(groups, list) else ():
        if not isinstance(group, MimeMessage):
            continue
        recipient = _after_type(group.get("Original-Recipient") or group.get("Final-Recipient"))
        if recipient:
            found[recipient.casefold()] = Delivery(_reply(group), _delivered(group))
    return found


def _delivered(group: MimeMessage) -> str:
    return _DELIVERED.get(str(group.get("Action", "")).strip().lower(), "unknown")


def _reply(group: MimeMessage) -> str:
    """What the last server said, else the status code in its place."""
    diagnostic = _after_type(group.get("Diagnostic-Code"))
    status = str(group.get("Status", "")).strip()
    words = clean(" ".join((diagnostic or "").split()))
    if re.match(r"\d{3}[ -]", words):
        return shortened(words, _LONGEST_REPLY)
    return shortened(f"{'450' if status.startswith('4') else '550'} {status} {words}".strip(), _LONGEST_REPLY)


def _after_type(value: object) -> str | None:
    """``rfc822; somebody@example.org`` without its type."""
    text = str(value or "").strip()
    return text.partition(";")[2].strip() or None


def _original_id(part: MimeMessage) -> str:
    inner = part.get_payload()
    if isinstance(inner, list) and inner and isinstance(inner[0], MimeMessage):
        return str(inner[0].get("Message-ID", ""))
    headers = email.message_from_string(str(inner))
    return str(headers.get("Message-ID", ""))
