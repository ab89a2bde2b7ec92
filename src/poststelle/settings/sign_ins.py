"""An account's sign-ins in their order: who may see, add, rank and remove them."""

from dataclasses import dataclass, replace
from datetime import datetime

from poststelle.access.rights import Asker, may_or_settings, require_settings
from poststelle.model.account import Account, AccountState, AccountType
from poststelle.model.errors import Conflict, NotAllowed, NotFound
from poststelle.model.ids import AccountId, SignInId, UserId
from poststelle.model.rights import Level
from poststelle.model.user import SignIn, SignInKind, SignInState
from poststelle.settings.alerts import require_sender_kept
from poststelle.settings.guardian import next_renewal, note_switched, told
from poststelle.store import accounts, audit, grants, sign_ins, sync_states, users
from poststelle.store.tx import ReadTx, Tx

MAX_SIGN_INS = 10


@dataclass(frozen=True, slots=True)
class Wish:
    """What a sign-in that is begun is for.

    ``is_reserve``: to stand by behind those there are. ``renews``: in the place
    of this one, at its rank. ``is_first``: before all others, which stay. None of
    them: to replace the one in use. ``is_shared``: the mailbox belongs to nobody,
    and somebody signs in who may open it.
    """

    is_reserve: bool = False
    renews: SignInId | None = None
    is_shared: bool = False
    is_first: bool = False

    @property
    def replaces_used(self) -> bool:
        return not (self.is_reserve or self.is_first) and self.renews is None


@dataclass(frozen=True, slots=True)
class SignInView:
    """A sign-in as people see it, and what the one who looks may do. ``by`` None: that user is gone."""

    sign_in: SignIn
    by: str | None
    is_in_use: bool
    may_renew: bool
    may_change: bool


def row_of(sign_in: SignInId) -> str:
    """The identity a token cache is sealed with."""
    return f"sign_ins/{sign_in}"


def views(tx: ReadTx, user: UserId, account_id: AccountId) -> list[SignInView]:
    """The account's sign-ins by rank, for those assigned to it and those with the right to the settings."""
    require_seeing(tx, user, account_id)
    names = {u.id: u.name for u in users.list_all(tx)}
    return views_of(tx, user, account_id, names)


def views_of(tx: ReadTx, user: UserId, account_id: AccountId, names: dict[UserId, str]) -> list[SignInView]:
    """The same for who may see them, with everybody's names."""
    known = sign_ins.list_of(tx, account_id)
    if not known:
        return []
    used = next((s.id for s in known if s.state is SignInState.ACTIVE), None)
    may_change = may_order(tx, user, account_id)
    is_assigned = grants.level(tx, user, account_id) is not None
    return [
        SignInView(
            sign_in=found,
            by=names.get(found.user_id) if found.user_id is not None else None,
            is_in_use=found.id == used,
            may_renew=is_assigned and (may_change or _is_renewable_by(found, user)),
            may_change=may_change or found.user_id == user,
        )
        for found in known
    ]


def require_seeing(tx: ReadTx, user: UserId, account_id: AccountId) -> Account:
    """The account, if the user is assigned to it or has the right to the settings."""
    account = accounts.get(tx, account_id)
    if account is None or not may_or_settings(tx, user, account_id, Level.READ):
        raise NotFound("no_such_account", "There is no such mailbox.")
    return account


def may_order(tx: ReadTx, user: UserId, account_id: AccountId) -> bool:
    """Whether the user may rank and remove the account's sign-ins."""
    return may_or_settings(tx, user, account_id, Level.MANAGE)


def require_wish(tx: ReadTx, user: UserId, account: Account, wish: Wish) -> None:
    """Whether this user may begin such a sign-in. Being assigned is asked for elsewhere.

    A reserve harms nobody, so everybody assigned may give one; a lost sign-in
    may be renewed by whom it belongs to, a working one by who may order them.
    """
    if wish.renews is not None:
        renewed = _of(tx, account.id, wish.renews)
        if not (may_order(tx, user, account.id) or _is_renewable_by(renewed, user)):
            raise NotAllowed(
                "needs_level", "This is somebody else's sign-in.", needed=Level.MANAGE.name.lower()
            )
    elif len(sign_ins.list_of(tx, account.id)) >= MAX_SIGN_INS:
        raise Conflict("too_many_sign_ins", f"A mailbox has at most {MAX_SIGN_INS} sign-ins; remove one.")


def _is_renewable_by(sign_in: SignIn, user: UserId) -> bool:
    return sign_in.user_id == user or sign_in.state is SignInState.LOST


def keep(tx: Tx, sign_in: SignIn, wish: Wish, now: datetime) -> None:
    """Store a proven sign-in where it was wished for, and connect the account.

    What it takes the place of goes: the one renewed; the same person's older
    one of the same Microsoft account; without a wish also the one in use, and
    lost ones of the same Microsoft account.
    """
    account = sign_in.account_id
    known = sign_ins.list_of(tx, account)
    used = sign_ins.id_of(tx, account)
    gone = {old.id for old in known if _is_replaced(old, sign_in, wish, used)}
    order = [old.id for old in known if old.id not in gone]
    order.insert(_position(known, gone, wish), sign_in.id)
    for old in known:
        if old.id in gone:
            sign_ins.destroy(tx, old)
    is_first = order[0] == sign_in.id
    renew_at = next_renewal(now, is_in_use=is_first)
    sign_ins.insert(tx, replace(sign_in, rank=order.index(sign_in.id)), renew_at=renew_at)
    sign_ins.set_order(tx, account, order)
    _connect(tx, account, used, now)


def _is_replaced(old: SignIn, new: SignIn, wish: Wish, used: SignInId | None) -> bool:
    if old.id == wish.renews:
        return True
    is_same_account = (old.tenant, old.remote_user, old.kind) == (new.tenant, new.remote_user, new.kind)
    is_anyones = new.kind is SignInKind.APPLICATION or old.state is SignInState.LOST
    if is_same_account and (is_anyones or old.user_id == new.user_id):
        return True
    return wish.replaces_used and old.id == used


def _position(known: list[SignIn], gone: set[SignInId], wish: Wish) -> int:
    """Where the new one stands among those that stay."""
    if wish.renews is not None:
        place = [old.id for old in known].index(wish.renews)
        return sum(old.id not in gone for old in known[:place])
    if not wish.is_reserve:
        return 0
    # A person's newer reserve stands where the older one stood, also where that is the first place.
    working = [place for place, old in enumerate(known) if old.id in gone and old.state is SignInState.ACTIVE]
    ahead = known[: working[0]] if working else known
    return sum(old.id not in gone for old in ahead)


def _connect(tx: Tx, account_id: AccountId, used: SignInId | None, now: datetime) -> None:
    """The account works with whichever is first now; a reserve alone disturbs nobody."""
    account = accounts.get(tx, account_id)
    if account is None:
        return
    if account.state is not AccountState.CONNECTED or sign_ins.id_of(tx, account_id) != used:
        accounts.set_state(tx, account_id, AccountState.CONNECTED)
        sync_states.start(tx, account_id, now)
        note_switched(tx, account_id, now)


def move_up(tx: Tx, by: UserId, account_id: AccountId, sign_in_id: SignInId, now: datetime) -> None:
    """One rank higher; the first stays the first. From the next request on the first that works is in use."""
    _require_order(tx, by, account_id)
    moved = _of(tx, account_id, sign_in_id)
    used = sign_ins.id_of(tx, account_id)
    order = [s.id for s in sign_ins.list_of(tx, account_id)]
    place = order.index(moved.id)
    if place == 0:
        return
    order[place - 1 : place + 1] = [moved.id, order[place - 1]]
    sign_ins.set_order(tx, account_id, order)
    if sign_ins.id_of(tx, account_id) != used:
        note_switched(tx, account_id, now)
    audit.record(tx, now, by, "sign_in.ranked", account_id, **told(moved), rank=place)


def remove(tx: Tx, by: Asker, account_id: AccountId, sign_in_id: SignInId, now: datetime) -> None:
    """Forget one sign-in with its tokens; one's own, or who may order them.

    The next by rank takes over. Without any the account waits for a sign-in. As ``require_proof`` where
    alerts come from it, and could no more.
    """
    account = require_seeing(tx, by.user, account_id)
    removed = _of(tx, account_id, sign_in_id)
    if removed.user_id != by.user:
        _require_order(tx, by.user, account_id)
    used = sign_ins.id_of(tx, account_id)
    sign_ins.destroy(tx, removed)
    if removed.id == used:
        if sign_ins.get(tx, account_id) is None:
            require_sender_kept(tx, by, account_id)
        note_switched(tx, account_id, now)
    audit.record(tx, now, by.user, "sign_in.removed", account_id, **told(removed))
    if account.state is AccountState.WAITING_FOR_SIGN_IN or sign_ins.get(tx, account_id):
        return
    rest = sign_ins.list_of(tx, account_id)
    if rest:
        accounts.set_state(tx, account_id, AccountState.SIGN_IN_NEEDED, rest[0].reason)
    else:
        accounts.set_state(tx, account_id, AccountState.WAITING_FOR_SIGN_IN)


def require_application(tx: ReadTx, by: UserId, account_id: AccountId) -> Account:
    """The account, if its access may be given to the application: by who has the right to the settings."""
    require_settings(tx, by)
    account = accounts.get(tx, account_id)
    if account is None:
        raise NotFound("no_such_account", "There is no such mailbox.")
    if account.type is not AccountType.GRAPH:
        raise Conflict("not_at_microsoft", "This mailbox is not hosted at Microsoft.")
    return account


def _require_order(tx: ReadTx, by: UserId, account_id: AccountId) -> None:
    require_seeing(tx, by, account_id)
    if not may_order(tx, by, account_id):
        raise NotAllowed(
            "needs_level",
            "Ordering and removing sign-ins needs the right to manage the mailbox.",
            needed=Level.MANAGE.name.lower(),
        )


def _of(tx: ReadTx, account_id: AccountId, sign_in_id: SignInId) -> SignIn:
    found = sign_ins.one(tx, sign_in_id)
    if found is None or found.account_id != account_id:
        raise NotFound("no_such_sign_in", "There is no such sign-in.")
    return found
