"""With which signature a user's letters end, in a mailbox and under an address.

chosen by the user for the address ──> that, or none
else a default of the mailbox's    ──> that (for answers: the one for answers, or none)
else a default of the user's own   ──> likewise
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from poststelle.access.rights import require
from poststelle.mime.placeholders import filled_html, filled_plain
from poststelle.model.boilerplate import Boilerplate, BoilerplateKind, Owner
from poststelle.model.errors import Invalid, NotFound
from poststelle.model.ids import AccountId, BoilerplateId, UserId
from poststelle.model.recipient_group import RecipientGroup
from poststelle.model.rights import Level
from poststelle.store import accounts, addresses, boilerplate, identity_texts, users
from poststelle.store.accounts import key_of
from poststelle.store.identity_texts import NO_SIGNATURE, IdentityTexts
from poststelle.store.tx import ReadTx, Tx
from poststelle.submission import groups
from poststelle.submission.belongings import may_manage
from poststelle.submission.boilerplate import check_room

_NOTHING = IdentityTexts()


@dataclass(frozen=True, slots=True)
class Signs:
    """How letters from one address end. ``chosen`` as in IdentityTexts; the others are what that comes to."""

    email: str
    name: str
    chosen: BoilerplateId | None
    answer_chosen: BoilerplateId | None
    signature: BoilerplateId | None
    answer_signature: BoilerplateId | None


@dataclass(frozen=True, slots=True)
class Shelf:
    """All that a user may put into letters in a mailbox. ``values`` are what placeholders mean, but for the
    sender's name (``Signs.name``), the day and the recipients."""

    shared: list[Boilerplate]
    own: list[Boilerplate]
    values: dict[str, str]
    addresses: list[Signs]
    may_change: bool
    groups: list[RecipientGroup]


def shelf(tx: ReadTx, user: UserId, account: AccountId) -> Shelf:
    """For whoever writes in the mailbox."""
    require(tx, user, account, Level.WRITE)
    shared, own = _shared(tx, account), _own(tx, user, account)
    held, person = accounts.get(tx, account), users.get(tx, user)
    texts = identity_texts.of_user(tx, account, user)
    found = []
    for email in _emails(tx, account):
        said = texts.get(key_of(email), _NOTHING)
        name = (held.name if held else "") or said.name or (person.name_in_letters if person else "")
        new = resolved(said.signature, shared, own, is_answer=False)
        answer = resolved(said.answer_signature, shared, own, is_answer=True)
        found.append(Signs(email, name, said.signature, said.answer_signature, _id(new), _id(answer)))
    means, may_change = values(tx, user, account), may_manage(tx, user, account)
    return Shelf(shared, own, means, found, may_change, groups.usable(tx, user, account))


def values(tx: ReadTx, user: UserId, account: AccountId) -> dict[str, str]:
    """What placeholders mean in letters of this user in this mailbox, as ``mime.placeholders`` calls it."""
    held, person = accounts.get(tx, account), users.get(tx, user)
    address, mailbox = (held.address, held.name) if held else ("", "")
    return {
        "name": person.name if person else "",
        "email": (person.email if person else "") or address,
        "phone": person.phone if person else "",
        "position": person.position if person else "",
        "mailbox_name": mailbox or address,
        "mailbox_address": address,
    }


def choose(
    tx: Tx,
    user: UserId,
    account: AccountId,
    email: str,
    signature: BoilerplateId | None,
    answer: BoilerplateId | None,
) -> None:
    """Sign letters from an address so; None: as the defaults say, NO_SIGNATURE: not at all."""
    require(tx, user, account, Level.WRITE)
    if key_of(email) not in {key_of(one) for one in _emails(tx, account)}:
        raise NotFound("no_such_identity", "This address is not one of the mailbox's.")
    usable = {one.id for one in (*_shared(tx, account), *_own(tx, user, account)) if _signs(one)}
    for field, id_ in (("signature", signature), ("answer_signature", answer)):
        if id_ not in {None, NO_SIGNATURE, *usable}:
            raise Invalid(field, "no_such_boilerplate", "This signature is not there any more.")
    before = identity_texts.of_user(tx, account, user).get(key_of(email), _NOTHING)
    chosen = replace(before, signature=signature, answer_signature=answer)
    identity_texts.put(tx, account, user, email, chosen)


def told(
    tx: ReadTx,
    user: UserId,
    account: AccountId,
    senders: Mapping[str, tuple[str, IdentityTexts]],
    now: datetime,
) -> dict[str, tuple[str, str]]:
    """The signature of new letters as other mail programs get it, plain and as HTML, placeholders filled in.

    ``senders``: by address, what recipients see of the sender, and what the user has for it.
    Source: RFC 8621 §6.
    """
    shared, own = _shared(tx, account), _own(tx, user, account)
    known = values(tx, user, account) | {"date": _day(tx, user, now)}
    found = {}
    for email, (name, said) in senders.items():
        one = resolved(said.signature, shared, own, is_answer=False)
        means = known | {"email_name": name}
        found[email] = (
            ("", "") if one is None else (filled_plain(one.plain, means), filled_html(one.html, means))
        )
    return found


def keep_told(
    tx: Tx, user: UserId, account: AccountId, email: str, said: IdentityTexts, plain: str, html: str
) -> IdentityTexts:
    """What is chosen once another mail program has set this signature for an address.

    It becomes one of the user's own for this mailbox alone, so that no other address's changes with it; what
    such a program set before is replaced. Raises Conflict ``too_many_boilerplates``.
    """
    chosen = boilerplate.get(tx, said.signature) if said.signature else None
    is_ours = chosen is not None and chosen.owner == Owner(user, account)
    if (
        chosen is not None
        and is_ours
        and not boilerplate.is_chosen_elsewhere(tx, chosen.id, user, account, email)
    ):
        if not plain and not html:
            boilerplate.destroy(tx, chosen.id)
            return replace(said, signature=NO_SIGNATURE, answer_signature=NO_SIGNATURE)
        boilerplate.update(tx, replace(chosen, plain=plain, html=html))
        return said
    if not plain and not html:
        return replace(said, signature=NO_SIGNATURE, answer_signature=NO_SIGNATURE)
    check_room(boilerplate.of_user(tx, user), BoilerplateKind.SIGNATURE)
    new = Boilerplate(
        BoilerplateId(0), BoilerplateKind.SIGNATURE, Owner(user, account), email, html=html, plain=plain
    )
    made = boilerplate.insert(tx, new).id
    return replace(said, signature=made, answer_signature=made)


def resolved(
    chosen: BoilerplateId | None,
    shared: Sequence[Boilerplate],
    own: Sequence[Boilerplate],
    *,
    is_answer: bool,
) -> Boilerplate | None:
    """The signature that a letter ends with; see above."""
    if chosen == NO_SIGNATURE:
        return None
    picked = next((one for one in (*own, *shared) if one.id == chosen and _signs(one)), None)
    if picked is not None:
        return picked
    for some in (shared, own):
        defaults = [one for one in some if one.is_default or one.is_answer_default]
        if defaults:
            return next((one for one in defaults if _is_for(one, is_answer=is_answer)), None)
    return None


def _is_for(one: Boilerplate, *, is_answer: bool) -> bool:
    return one.is_answer_default if is_answer else one.is_default


def _emails(tx: ReadTx, account: AccountId) -> list[str]:
    """The account's addresses; before the provider has told them, its own."""
    held = accounts.get(tx, account)
    return [one.email for one in addresses.list_all(tx, account)] or ([held.address] if held else [])


def _signs(one: Boilerplate) -> bool:
    return one.kind is BoilerplateKind.SIGNATURE


def _shared(tx: ReadTx, account: AccountId) -> list[Boilerplate]:
    return boilerplate.of_account(tx, account)


def _own(tx: ReadTx, user: UserId, account: AccountId) -> list[Boilerplate]:
    return [one for one in boilerplate.of_user(tx, user) if one.owner.account in {None, account}]


def _day(tx: ReadTx, user: UserId, now: datetime) -> str:
    person = users.get(tx, user)
    is_german = person is not None and person.language == "de"
    return now.strftime("%d.%m.%Y") if is_german else f"{now.day} {now:%B %Y}"


def _id(one: Boilerplate | None) -> BoilerplateId | None:
    return None if one is None else one.id
