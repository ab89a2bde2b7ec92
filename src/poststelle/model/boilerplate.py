"""What is kept to be put into letters: signatures and templates."""

from dataclasses import dataclass
from enum import StrEnum

from poststelle.model.draft import Octets
from poststelle.model.ids import AccountId, BoilerplateId, KeptFileId, UserId
from poststelle.model.message import Address


class BoilerplateKind(StrEnum):
    """A signature ends a letter; a template is put in while one is written."""

    SIGNATURE = "signature"
    TEMPLATE = "template"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose it is: a user's (``account`` None: wherever they write, else there alone), or an account's."""

    user: UserId | None
    account: AccountId | None


@dataclass(frozen=True, slots=True)
class Recipients:
    """Whom a template goes to."""

    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()


NOBODY = Recipients()


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that a template attaches. ``content_type`` is what its bringer says."""

    id: KeptFileId
    name: str
    content_type: str
    octets: Octets


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """One text with placeholders. ``html`` empty: it is plain text, which is ``plain``; else ``plain`` is the
    same for letters without formatting.

    Pictures stand in ``html`` as ``data:`` addresses. ``subject``, ``recipients`` and ``files`` belong
    to a template, ``is_default`` (of new letters) and ``is_answer_default`` to a signature: of an
    owner's, at most one is either.
    """

    id: BoilerplateId
    kind: BoilerplateKind
    owner: Owner
    name: str
    subject: str = ""
    html: str = ""
    plain: str = ""
    is_default: bool = False
    is_answer_default: bool = False
    recipients: Recipients = NOBODY
    files: tuple[KeptFile, ...] = ()
