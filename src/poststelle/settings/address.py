"""Whether a text is one complete mail address.

Source: RFC 5321 §4.5.3.1 (lengths), RFC 5322 §3.4.1 (dot-atom), RFC 5890-5892 (IDNA2008), UTS #46.
"""

import re

import idna

from poststelle.lib.normal_form import normal_form
from poststelle.model.errors import Invalid

MAX_LENGTH, MAX_LOCAL = 254, 64
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD])


def check_address(text: str, field: str = "address") -> str:
    """The address without surrounding blanks, its domain lower-case and readable (``büro.de``).

    Raises Invalid ``invalid_address`` whose ``reason`` is empty, display_name,
    missing_at, local_part, local_too_long, domain or too_long. The web page refuses
    the same while the field is filled in (``web/src/lib/address.ts``).
    """
    address = normal_form(text.translate(_INVISIBLE)).strip()
    if not address:
        raise _refused(field, "empty", "Enter the complete address, for example info@example.org.")
    if any(c in address for c in '<>",;:()[]\\') or any(c.isspace() for c in address):
        raise _refused(field, "display_name", "Enter one plain address, without name, brackets or blanks.")
    if len(address) > MAX_LENGTH:
        raise _refused(field, "too_long", f"An address has at most {MAX_LENGTH} characters.")
    local, at, domain = address.rpartition("@")
    if not at or "@" in local:
        raise _refused(field, "missing_at", "An address has exactly one @ sign.")
    if not _LOCAL.fullmatch(local):
        raise _refused(field, "local_part", "The part before the @ sign is not valid.")
    readable = _domain(domain, field)
    whole = f"{local}@{readable}"
    if len(local) > MAX_LOCAL:
        raise _refused(
            field, "local_too_long", f"The part before the @ sign has at most {MAX_LOCAL} characters."
        )
    if len(to_ascii(whole)) > MAX_LENGTH:
        raise _refused(field, "too_long", f"An address has at most {MAX_LENGTH} characters.")
    return whole


def to_ascii(address: str) -> str:
    """The checked address with its domain in the form that mail systems use (``xn--…``)."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{idna.encode(domain, uts46=True).decode()}"


def comparable(text: str) -> str:
    """The form in which addresses are compared: readable, without blanks, in small letters, however they were
    written or pasted. A text that is no complete address is compared as it stands.

    Not ``casefold``: that takes ``straße.de`` for ``strasse.de``, which is somebody else's.
    """
    try:
        return check_address(text).lower()
    except Invalid:
        return text.strip().lower() if text.isascii() else text.strip()


def told(text: str) -> str:
    """As ``comparable``, of an address that another system tells: as it stands there, or empty.

    What is tidied for people who paste an address, signs that nobody sees and other forms of a letter, is
    left alone here: with them it is the name of somebody else.
    """
    key = comparable(text)
    local, _, domain = text.rpartition("@")
    if not local.isascii():
        return key if key == text == normal_form(text) else ""
    own_local, _, own_domain = key.rpartition("@")
    is_whole = local.lower() == own_local and domain.lower() in {own_domain, _ascii_domain(own_domain)}
    return key if is_whole else ""


def _ascii_domain(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain


def is_same_address(typed: str, address: str) -> bool:
    """Whether somebody has typed this address, in whatever letter case and form of its domain."""
    try:
        return to_ascii(check_address(typed)).casefold() == to_ascii(address).casefold()
    except Invalid:
        return False


def _domain(domain: str, field: str) -> str:
    try:
        ascii_form = idna.encode(domain, uts46=True).decode()
        readable = idna.decode(ascii_form)
    except idna.IDNAError as problem:
        raise _refused(field, "domain", "The part after the @ sign is not a valid domain.") from problem
    labels = ascii_form.split(".")
    if len(labels) < 2 or not all(labels) or labels[-1].isdigit() or len(labels[-1]) < 2:
        raise _refused(field, "domain", "The part after the @ sign must be a complete domain.")
    return readable


def _refused(field: str, reason: str, message: str) -> Invalid:
    return Invalid(field, "invalid_address", message, reason=reason)
