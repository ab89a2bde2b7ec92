"""Which provider of single sign-on lets people in, and what its word counts for."""

from dataclasses import dataclass, replace
from datetime import datetime

from poststelle.access.keeping import keep_an_administrator, who_administers
from poststelle.access.rights import Asker, require_proof, require_settings
from poststelle.auth.crypto import KeyRing
from poststelle.model.errors import Invalid
from poststelle.model.ids import UserId
from poststelle.settings import change
from poststelle.settings.schema import (
    SSO_CLIENT_ID,
    SSO_CREATES_USERS,
    SSO_ISSUER,
    SSO_NAME,
    SSO_SECRET,
    SSO_TRUSTS_ADDRESSES,
    SSO_TRUSTS_SECOND_FACTOR,
    Setting,
)
from poststelle.store import users
from poststelle.store.tx import ReadTx, Tx

YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Provider:
    """``name`` is what people know it by. ``creates_users``: whom it lets in and we don't know is added.

    ``trusts_addresses``: its addresses are people's own though it does not say so (an organisation of one's
    own at Entra ID). ``trusts_second_factor``: what is asked for there is enough, and nothing more is here.
    """

    issuer: str
    client_id: str
    name: str
    creates_users: bool
    trusts_addresses: bool
    trusts_second_factor: bool


def show(tx: ReadTx, by: UserId, ring: KeyRing) -> tuple[Provider | None, bool]:
    """The provider, and whether there is a secret. Raises NotAllowed."""
    require_settings(tx, by)
    return provider(tx, ring), change.is_stored(tx, SSO_SECRET)


def provider(tx: ReadTx, ring: KeyRing) -> Provider | None:
    """As ``show``, for our own program. None: there is none."""
    issuer = change.read(tx, ring, SSO_ISSUER)
    if issuer is None:
        return None
    return Provider(
        issuer=issuer,
        client_id=change.read(tx, ring, SSO_CLIENT_ID) or "",
        name=change.read(tx, ring, SSO_NAME) or "",
        creates_users=change.read(tx, ring, SSO_CREATES_USERS) == YES,
        trusts_addresses=change.read(tx, ring, SSO_TRUSTS_ADDRESSES) == YES,
        trusts_second_factor=change.read(tx, ring, SSO_TRUSTS_SECOND_FACTOR) == YES,
    )


def secret(tx: ReadTx, ring: KeyRing) -> str:
    """The client's; empty without one."""
    return change.read(tx, ring, SSO_SECRET) or ""


def other_client(
    tx: ReadTx, wanted: Provider, secret_: str | None, ring: KeyRing
) -> tuple[Provider, str] | None:
    """As whom we are to come to the provider that we have, and by which secret; None: nothing changes.

    Raises Invalid as ``save``.
    """
    texts, before = _checked(wanted), provider(tx, ring)
    if before is None or before.issuer != texts[SSO_ISSUER]:
        return None
    client_id, own = str(texts[SSO_CLIENT_ID]), secret(tx, ring)
    is_other = client_id != before.client_id
    new = ("" if is_other else own) if secret_ is None else secret_.strip()
    return None if not is_other and new == own else (replace(before, client_id=client_id), new)


def save(
    tx: Tx, by: Asker, wanted: Provider | None, secret_: str | None, *, ring: KeyRing, now: datetime
) -> None:
    """Keep it; None: nobody comes that way any more, and its secret is forgotten.

    ``secret_`` None leaves the secret as it is, unless issuer or client is another one: it is not told to
    somebody else. Empty forgets it. Raises NotAllowed, Invalid ``invalid_…``, as ``require_proof``: whoever
    sets a provider can be anybody, and without it administrators may be shut out; Conflict
    ``last_administrator`` where nobody else could come in.
    """
    users.wait_for_turn(tx)
    require_settings(tx, by.user)
    before, kept = provider(tx, ring), who_administers(tx)
    texts = _checked(wanted)
    require_proof(by)
    for setting, text in texts.items():
        if change.read(tx, ring, setting) != text:
            change.write(tx, ring, setting, text, by=by.user, now=now)
    is_other = (
        wanted is None
        or before is None
        or (before.issuer, before.client_id)
        != (
            texts[SSO_ISSUER],
            texts[SSO_CLIENT_ID],
        )
    )
    if secret_:
        change.write(tx, ring, SSO_SECRET, SSO_SECRET.check(secret_), by=by.user, now=now)
    elif (secret_ == "" or is_other) and change.is_stored(tx, SSO_SECRET):
        change.write(tx, ring, SSO_SECRET, None, by=by.user, now=now)
    keep_an_administrator(tx, kept)


def _checked(wanted: Provider | None) -> dict[Setting, str | None]:
    if wanted is None:
        said = (SSO_ISSUER, SSO_CLIENT_ID, SSO_NAME)
        return dict.fromkeys((*said, SSO_CREATES_USERS, SSO_TRUSTS_ADDRESSES, SSO_TRUSTS_SECOND_FACTOR), None)
    if not wanted.client_id.strip():
        raise Invalid("client_id", "invalid_client", "Enter the client ID that the provider has given us.")
    return {
        SSO_ISSUER: SSO_ISSUER.check(wanted.issuer.strip()),
        SSO_CLIENT_ID: SSO_CLIENT_ID.check(wanted.client_id.strip()),
        SSO_NAME: SSO_NAME.check(wanted.name.strip()),
        SSO_CREATES_USERS: YES if wanted.creates_users else NO,
        SSO_TRUSTS_ADDRESSES: YES if wanted.trusts_addresses else NO,
        SSO_TRUSTS_SECOND_FACTOR: YES if wanted.trusts_second_factor else NO,
    }
