"""What users have of their own for the addresses of an account: names, reply addresses, chosen signatures."""

import json
from dataclasses import dataclass

from poststelle.model.ids import AccountId, BoilerplateId, UserId
from poststelle.model.message import Address
from poststelle.store.accounts import key_of
from poststelle.store.tx import ReadTx, Tx

NO_SIGNATURE = BoilerplateId(0)
"""Chosen: letters end without one."""


@dataclass(frozen=True, slots=True)
class IdentityTexts:
    """``name`` empty: the user's own. ``reply_to`` and ``bcc`` None: none. Source: RFC 8621 §6.

    ``signature`` and ``answer_signature`` None: what the defaults say; one that is gone counts as None.
    """

    name: str = ""
    reply_to: tuple[Address, ...] | None = None
    bcc: tuple[Address, ...] | None = None
    signature: BoilerplateId | None = None
    answer_signature: BoilerplateId | None = None


def of_user(tx: ReadTx, account: AccountId, user: UserId) -> dict[str, IdentityTexts]:
    """By address, case-folded."""
    rows = tx.all("list_identity_texts", account=account, user=user)
    return {
        row["email_key"]: IdentityTexts(
            row["name"],
            _addresses(row["reply_to"]),
            _addresses(row["bcc"]),
            _id(row["signature_id"]),
            _id(row["answer_signature_id"]),
        )
        for row in rows
    }


def put(tx: Tx, account: AccountId, user: UserId, email: str, texts: IdentityTexts) -> None:
    tx.run(
        "upsert_identity_texts",
        account=account,
        user=user,
        email_key=key_of(email),
        name=texts.name,
        reply_to=_column(texts.reply_to),
        bcc=_column(texts.bcc),
        signature_id=texts.signature,
        answer_signature_id=texts.answer_signature,
    )


def _id(column: int | None) -> BoilerplateId | None:
    return None if column is None else BoilerplateId(column)


def _addresses(column: str | None) -> tuple[Address, ...] | None:
    return None if column is None else tuple(Address(name, email) for name, email in json.loads(column))


def _column(addresses: tuple[Address, ...] | None) -> str | None:
    return None if addresses is None else json.dumps([[one.name, one.email] for one in addresses])
