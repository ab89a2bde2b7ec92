"""Text files that people attach: calendar entries, contact cards and tables.

Source: RFC 5545 §3.4-3.6 (iCalendar), RFC 6350 §3-6 (vCard), RFC 4180 (comma-separated values).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

_STAMP = "%Y%m%dT%H%M%SZ"


def write_ics(uid: str, start: datetime, minutes: int, *, summary: str, place: str, organizer: str) -> bytes:
    """One meeting request. ``start`` is aware UTC."""
    end = start + timedelta(minutes=minutes)
    return _crlf((
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Immobilien Lindner//Termine//DE", "METHOD:REQUEST",
        "BEGIN:VEVENT", f"UID:{uid}", f"DTSTAMP:{start - timedelta(days=3):{_STAMP}}",
        f"DTSTART:{start:{_STAMP}}", f"DTEND:{end:{_STAMP}}", f"SUMMARY:{_escaped(summary)}",
        f"LOCATION:{_escaped(place)}", f"ORGANIZER:mailto:{organizer}", "STATUS:CONFIRMED",
        "END:VEVENT", "END:VCALENDAR",
    ))  # fmt: skip


def write_vcf(first: str, last: str, address: str, phone: str, company: str) -> bytes:
    """One contact card, version 3.0 as office programs write it."""
    return _crlf((
        "BEGIN:VCARD", "VERSION:3.0", f"N:{_escaped(last)};{_escaped(first)};;;", f"FN:{first} {last}",
        f"ORG:{_escaped(company)}", f"EMAIL;TYPE=WORK:{address}", f"TEL;TYPE=WORK,VOICE:{phone}", "END:VCARD",
    ))  # fmt: skip


def write_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """A table as German spreadsheets read it: semicolons, a byte-order mark, CRLF."""
    return b"\xef\xbb\xbf" + _crlf([";".join(_cell(cell) for cell in row) for row in rows])


def _crlf(rows: Sequence[str]) -> bytes:
    return ("\r\n".join(rows) + "\r\n").encode()


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _cell(words: str) -> str:
    return '"' + words.replace('"', '""') + '"' if any(mark in words for mark in ';"\n') else words
