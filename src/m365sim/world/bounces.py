"""The notice a sender gets of mail that could not be delivered, as Exchange words it.

Source: RFC 3462 (multipart/report), RFC 3464 (delivery status notifications), RFC 3834 (Auto-Submitted).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.generator import BytesGenerator
from email.message import Message as MimeMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr
from html import escape
from io import BytesIO
from typing import Literal
from uuid import uuid4

from m365sim.world.compose import Written, content_of
from m365sim.world.content import Address, ItemAttachment
from m365sim.world.damage import parts_of
from m365sim.world.instants import from_seconds
from m365sim.world.mime import encoded_header, to_mime

Reason = Literal["unknown", "size", "loop", "full", "forwarding"]

_DIAGNOSES: dict[Reason, tuple[str, str]] = {
    "unknown": (
        "5.1.10",
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    ),
    "size": ("5.2.3", "550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient"),
    "loop": ("5.4.14", "554 5.4.14 Hop count exceeded - possible mail loop"),
    "full": ("5.2.2", "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException"),
    "forwarding": (
        "5.7.520",
        "550 5.7.520 Access denied, Your organization does not allow external forwarding. "
        "Please contact your administrator for further assistance. AS(7555)",
    ),
}
_GERMAN: dict[Reason, str] = {
    "unknown": "Die E-Mail-Adresse wurde nicht gefunden.",
    "size": "Die Nachricht ist für dieses Postfach zu groß.",
    "loop": "Die Nachricht ist in eine Schleife geraten.",
    "full": "Das Postfach des Empfängers ist voll und nimmt keine Nachrichten an.",
    "forwarding": "Ihre Organisation lässt das Weiterleiten nach außen nicht zu.",
}
_ENGLISH: dict[Reason, str] = {
    "unknown": "The email address was not found.",
    "size": "The message is too large for this mailbox.",
    "loop": "The message went in circles.",
    "full": "The recipient's mailbox is full and can't accept messages now.",
    "forwarding": "Your organization does not allow external forwarding.",
}
_POSTMASTER = "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e"


@dataclass(frozen=True, slots=True)
class Failure:
    """One address that mail could not be delivered to, and why."""

    address: str
    reason: Reason


def notice(written: Written, sender: str, failures: Sequence[Failure], language: str, now_s: int) -> Written:
    """The notice to ``sender`` about a message, in the mailbox's language, with the message attached."""
    domain = sender.rpartition("@")[2]
    is_german = language.lower().startswith("de")
    original = ItemAttachment(written.subject or "message", content_of(written, {}))
    who = Address(f"{_POSTMASTER}@{domain}", "Microsoft Outlook")
    subject = f"{'Unzustellbar' if is_german else 'Undeliverable'}: {written.subject}"
    message_id = f"<{uuid4()}@{domain}>"
    body = _words(failures, is_german=is_german)
    headers = (
        ("From", formataddr((who.name, who.address))),
        ("To", sender),
        ("Subject", subject),
        ("Date", format_datetime(from_seconds(now_s))),
        ("Message-ID", message_id),
        ("In-Reply-To", written.message_id),
        ("References", " ".join((*written.references, written.message_id)).strip()),
        ("Auto-Submitted", "auto-replied"),
        ("X-Auto-Response-Suppress", "All"),
        ("X-MS-Exchange-Message-Is-Ndr", ""),
    )
    report = _report(headers, body, _status(domain, failures), to_mime(original.content))
    content_type = " ".join(str(report["Content-Type"]).split())
    return Written(
        message_id=message_id,
        subject=subject,
        body=body,
        is_html=True,
        sent_s=now_s,
        sender=who,
        from_=who,
        to=(Address(sender),),
        headers=(*headers, ("MIME-Version", "1.0"), ("Content-Type", content_type)),
        attachments=(original,),
        references=tuple(i for i in (*written.references, written.message_id) if i),
        mime=_flat(report),
    )


def _words(failures: Sequence[Failure], *, is_german: bool) -> str:
    words = _GERMAN if is_german else _ENGLISH
    german, english = "Ihre Nachricht konnte nicht zugestellt werden:", "Your message could not be delivered:"
    first = german if is_german else english
    lines = "".join(
        f"<p><b>{escape(f.address)}</b><br>{words[f.reason]}<br>{escape(_DIAGNOSES[f.reason][1])}</p>"
        for f in failures
    )
    return f"<html><head></head><body><p>{first}</p>{lines}</body></html>"


def _status(domain: str, failures: Sequence[Failure]) -> MimeMessage:
    """The part for programs: a group of fields about the notice, and one for each address."""
    part = MimeMessage()
    part["Content-Type"] = "message/delivery-status"
    part.set_payload([_group(("Reporting-MTA", f"dns; {domain}"))])
    for failure in failures:
        code, text = _DIAGNOSES[failure.reason]
        part.attach(
            _group(
                ("Final-Recipient", f"rfc822; {failure.address}"),
                ("Action", "failed"),
                ("Status", code),
                ("Diagnostic-Code", f"smtp; {text}"),
            )
        )
    return part


def _group(*fields: tuple[str, str]) -> MimeMessage:
    group = MimeMessage()
    for name, value in fields:
        group[name] = encoded_header(value)
    return group


def _report(
    headers: Sequence[tuple[str, str]], body: str, status: MimeMessage, original: bytes
) -> MimeMessage:
    report = MIMEMultipart("report", report_type="delivery-status")
    report.attach(MIMEText(body, "html", "utf-8"))
    report.attach(status)
    report.attach(MIMEMessage(parts_of(original)))
    for name, value in headers:
        report[name] = encoded_header(value)
    report.set_boundary(f"_{uuid4().hex}_")
    return report


def _flat(report: MimeMessage) -> bytes:
    out = BytesIO()
    BytesGenerator(out, mangle_from_=False, policy=report.policy.clone(linesep="\r\n")).flatten(report)
    return out.getvalue()
