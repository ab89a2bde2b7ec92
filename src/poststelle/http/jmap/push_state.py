"""How far a listener was told of each account: ``pushState`` of a socket, ``id`` of an event.

Source: RFC 8887 §4.3.5.1, RFC 8620 §7.3.
"""

from collections.abc import Mapping

from poststelle.http.jmap.ids import account_text
from poststelle.lib.ids import decode_id
from poststelle.model.ids import ACCOUNT, AccountId

Told = Mapping[AccountId, int]
_LONGEST = 100_000


def push_state(told: Told) -> str:
    """``a1.55,a2.8``."""
    return ",".join(f"{account_text(account)}.{modseq}" for account, modseq in sorted(told.items()))


def told_by(state: str, reached: Told) -> dict[AccountId, int]:
    """The same read back, of the accounts that are ``reached``.

    Of what we did not write, and of what has not come to pass, nothing counts as told.
    """
    found: dict[AccountId, int] = {}
    for part in state[:_LONGEST].split(","):
        name, _, modseq = part.partition(".")
        number = decode_id(ACCOUNT, name)
        if number is not None and modseq.isascii() and modseq.isdigit() and len(modseq) < 19:
            found[AccountId(number)] = int(modseq)
    return {account: modseq for account, modseq in found.items() if modseq <= reached.get(account, -1)}
