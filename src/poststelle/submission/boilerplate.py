"""Signatures and templates: one's own, and those that a mailbox's managers keep for all who write in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from poststelle.mail.drafts import MOST_RECIPIENTS
from poststelle.mime.text import clean
from poststelle.model.boilerplate import Boilerplate, BoilerplateKind, Owner, Recipients
from poststelle.model.errors import Conflict, Invalid, NotFound
from poststelle.model.ids import AccountId, BoilerplateId, UserId
from poststelle.store import audit, boilerplate
from poststelle.store.tx import ReadTx, Tx
from poststelle.submission.belongings import check_name, owner_of_new, require_change, require_look
from poststelle.submission.people import checked

MOST = {BoilerplateKind.SIGNATURE: 50, BoilerplateKind.TEMPLATE: 300}
"""Of one owner."""
LONGEST = {"name": 100, "subject": 500, "html": 400_000, "plain": 20_000}
"""Characters. Pictures stand in the HTML: about 300 KB of them."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a mailbox has, and whether the one who asks may change it."""

    boilerplate: list[Boilerplate]
    may_change: bool


def own(tx: ReadTx, user: UserId) -> list[Boilerplate]:
    """One's own, the oldest first."""
    return boilerplate.of_user(tx, user)


def of_mailbox(tx: ReadTx, user: UserId, account: AccountId) -> Kept:
    """What belongs to the mailbox, for whoever reads it and for administrators."""
    may_change = require_look(tx, user, account)
    return Kept(boilerplate.of_account(tx, account), may_change)


def check_room(held: Sequence[Boilerplate], kind: BoilerplateKind) -> None:
    """Raises Conflict ``too_many_boilerplates``."""
    if sum(one.kind is kind for one in held) >= MOST[kind]:
        raise Conflict("too_many_boilerplates", f"There are {MOST[kind]} already; delete one first.")


def create(
    tx: Tx,
    user: UserId,
    account: AccountId | None,
    kind: BoilerplateKind,
    said: Mapping[str, Any],
    now: datetime,
) -> Boilerplate:
    """Keep a new one, oneself's or (``account``) a mailbox's; ``said`` are fields of Boilerplate by name,
    and of a template ``to``, ``cc`` and ``bcc`` as pairs of name and address.

    Raises NotFound, NotAllowed, Invalid, or Conflict ``too_many_boilerplates``.
    """
    owner = owner_of_new(tx, user, account)
    held = siblings(tx, owner)
    check_room(held, kind)
    new = _with(Boilerplate(BoilerplateId(0), kind, owner, ""), said)
    _check_name(held, new)
    stored = boilerplate.insert(tx, new)
    _keep_one_default(tx, held, stored)
    record(tx, user, stored, "created", now)
    return stored


def change(tx: Tx, user: UserId, id_: BoilerplateId, said: Mapping[str, Any], now: datetime) -> Boilerplate:
    """Change fields of one; a new default takes the place of the one before."""
    old = changeable(tx, user, id_)
    held = siblings(tx, old.owner)
    new = _with(old, said)
    _check_name([one for one in held if one.id != id_], new)
    boilerplate.update(tx, new)
    _keep_one_default(tx, held, new)
    if new != old:
        record(tx, user, new, "changed", now)
    return new


def remove(tx: Tx, user: UserId, id_: BoilerplateId, now: datetime) -> None:
    """Forget one. Whoever had chosen it signs as the defaults say."""
    old = changeable(tx, user, id_)
    boilerplate.destroy(tx, id_)
    record(tx, user, old, "removed", now)


def check_lengths(said: Mapping[str, Any]) -> None:
    """Raises Invalid ``too_long`` naming the field."""
    for field, most in LONGEST.items():
        if len(said.get(field) or "") > most:
            raise Invalid(field, "too_long", "This is too long.", most=most)


def changeable(tx: ReadTx, user: UserId, id_: BoilerplateId) -> Boilerplate:
    """The one, if it is theirs to change; somebody else's looks as if there were none."""
    found = boilerplate.get(tx, id_)
    if found is None:
        raise _missing()
    require_change(tx, user, found.owner, _missing())
    return found


def readable(tx: ReadTx, user: UserId, id_: BoilerplateId) -> Boilerplate:
    """The one, if it is theirs or a mailbox's that they read or manage. Raises NotFound."""
    found = boilerplate.get(tx, id_)
    if found is None or found.owner.user not in {None, user}:
        raise _missing()
    account = found.owner.account
    if found.owner.user is None and account is not None:
        require_look(tx, user, account)
    return found


def _missing() -> NotFound:
    return NotFound("no_such_boilerplate", "This is not there any more.")


def siblings(tx: ReadTx, owner: Owner) -> list[Boilerplate]:
    """All that this owner has."""
    if owner.user is not None:
        return boilerplate.of_user(tx, owner.user)
    return [] if owner.account is None else boilerplate.of_account(tx, owner.account)


def _with(one: Boilerplate, said: Mapping[str, Any]) -> Boilerplate:
    check_lengths(said)
    texts: dict[str, Any] = {field: clean(said[field]) for field in LONGEST if field in said}
    is_everywhere = one.owner.user is None or one.owner.account is None
    may_default = one.kind is BoilerplateKind.SIGNATURE and is_everywhere
    flags: dict[str, Any] = {
        field: bool(said[field]) and may_default
        for field in ("is_default", "is_answer_default")
        if field in said
    }
    return replace(one, **texts, **flags, recipients=_recipients(one, said))


def _recipients(one: Boilerplate, said: Mapping[str, Any]) -> Recipients:
    """Those of a template; each field that is not said stays."""
    if one.kind is not BoilerplateKind.TEMPLATE:
        return one.recipients
    lists = {f: checked(f, said[f], MOST_RECIPIENTS) for f in ("to", "cc", "bcc") if f in said}
    new = replace(one.recipients, **lists)
    if len(new.to) + len(new.cc) + len(new.bcc) > MOST_RECIPIENTS:
        most = MOST_RECIPIENTS
        raise Invalid("to", "too_many_people", f"There are at most {most} addresses.", most=most)
    return new


def _check_name(others: list[Boilerplate], new: Boilerplate) -> None:
    check_name(new.name, {one.name for one in others if one.kind is new.kind and one.owner == new.owner})


def _keep_one_default(tx: Tx, held: list[Boilerplate], new: Boilerplate) -> None:
    for other in held:
        if other.id == new.id or other.kind is not new.kind:
            continue
        left = replace(
            other,
            is_default=other.is_default and not new.is_default,
            is_answer_default=other.is_answer_default and not new.is_answer_default,
        )
        if left != other:
            boilerplate.update(tx, left)


def record(tx: Tx, user: UserId, one: Boilerplate, deed: str, now: datetime) -> None:
    """What a mailbox has shows in everybody's letters: who changed it is kept. One's own is one's own."""
    if one.owner.user is None:
        action = f"{one.kind.value}.{deed}"
        audit.record(tx, now, user, action, one.owner.account, subject=one.name)
