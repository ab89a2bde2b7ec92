"""The newest proof, for an organisation, of what our program opens by itself there and what it does not."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.application_proof import Proof, Result, Tried
from poststelle.model.ids import UserId
from poststelle.store.tx import ReadTx, Tx

_OPENED = msgspec.json.Decoder(list[tuple[str, str]])


@dataclass(frozen=True, slots=True)
class Kept:
    """A proof, and when it is to be repeated."""

    proof: Proof
    next_at: datetime


def get(tx: ReadTx, tenant: str, client_id: str) -> Kept | None:
    row = tx.one("get_application_proof", tenant=tenant, client_id=client_id)
    if row is None:
        return None
    proof = Proof(
        at=from_ms(row["at"]),
        by=None if row["user_id"] is None else UserId(row["user_id"]),
        opened=tuple(Tried(address, Result(result)) for address, result in _OPENED.decode(row["opened"])),
        control=Tried(row["control"], Result(row["control_result"])),
    )
    return Kept(proof, from_ms(row["next_at"]))


def put(tx: Tx, tenant: str, client_id: str, proof: Proof, next_at: datetime) -> None:
    opened = [(one.address, one.result.value) for one in proof.opened]
    tx.run(
        "put_application_proof",
        tenant=tenant,
        client_id=client_id,
        control=proof.control.address,
        opened=msgspec.json.encode(opened).decode(),
        control_result=proof.control.result.value,
        at=to_ms(proof.at),
        user_id=proof.by,
        next_at=to_ms(next_at),
    )


def put_off(tx: Tx, tenant: str, client_id: str, now: datetime, next_at: datetime) -> bool:
    """Whether it is due and the caller's to repeat: of several processes one."""
    times = {"now": to_ms(now), "next_at": to_ms(next_at)}
    return tx.run("put_application_proof_off", tenant=tenant, client_id=client_id, **times) == 1
