"""Somebody must keep the right to the settings, and be able to come in, or nobody could give it any more."""

from poststelle.model.errors import Conflict
from poststelle.model.ids import UserId
from poststelle.settings import change
from poststelle.settings.schema import SSO_ISSUER
from poststelle.store import identities, second_factors, users
from poststelle.store.tx import ReadTx


def who_administers(tx: ReadTx) -> frozenset[UserId]:
    """Administrators who can come in: by password, a passkey, or as somebody known at the provider of single
    sign-on that there is. An open invitation is none: it may never be used.
    """
    issuer = change.plain(tx, SSO_ISSUER)
    known = frozenset() if issuer is None else identities.users_at(tx, issuer)
    return frozenset(
        user.id
        for user in users.administrators(tx)
        if user.has_password or user.id in known or second_factors.of(tx, user.id).passkeys
    )


def keep_an_administrator(tx: ReadTx, before: frozenset[UserId]) -> None:
    """Refuse what takes the last of ``before``: Conflict ``last_administrator``. Where there was none it is
    not made harder to get out of.
    """
    if not users.administrators(tx) or (before and not who_administers(tx)):
        raise Conflict(
            "last_administrator",
            "No administrator would be left who can log in. Give the right to the basic settings to somebody"
            " who can, or invite an administrator to choose a password, first.",
        )
