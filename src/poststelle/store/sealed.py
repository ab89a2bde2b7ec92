"""All values that are sealed, wherever they lie, for the day the key changes.

A value's row identity is the table's name and the row's key, save for those settings that are no setting of
anybody's: they are called by their key alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from poststelle.store.tx import ReadTx, Tx

_FIRST_NUMBER = -1  # below every key: chain 0 is one, too


@dataclass(frozen=True, slots=True)
class Place:
    """A table with a sealed column. ``first`` comes before all of its keys.

    ``is_made_anew``: servers write it again by themselves, so nothing is lost with the key that opens it.
    """

    table: str
    first: int | str
    is_made_anew: bool = False


PLACES = (
    Place("settings", ""),
    Place("code_apps", _FIRST_NUMBER),
    Place("ceremonies", ""),
    Place("push_subscriptions", _FIRST_NUMBER),
    Place("sign_ins", _FIRST_NUMBER),
    Place("sign_in_flows", ""),
    Place("audit_chains", _FIRST_NUMBER),
    Place("archives", _FIRST_NUMBER),
    Place("webhooks", _FIRST_NUMBER),
    Place("page_files", "", is_made_anew=True),
)


@dataclass(frozen=True, slots=True)
class SealedValue:
    place: Place
    key: int | str
    octets: bytes


def elsewhere(tx: ReadTx, place: Place, header: bytes, after: int | str, limit: int) -> list[SealedValue]:
    """Those that do not begin with ``header``, from the key after ``after`` on."""
    rows = tx.all(f"sealed_elsewhere_in_{place.table}", header=header, after=after, limit=limit)
    return [SealedValue(place, row["key"], bytes(row["sealed"])) for row in rows]


def replace(tx: Tx, values: Sequence[tuple[SealedValue, bytes]]) -> int:
    """Put others in their place, where they are still what they were; of how many."""
    return sum(
        tx.run(f"seal_anew_in_{old.place.table}", key=old.key, before=old.octets, sealed=new)
        for old, new in values
    )
