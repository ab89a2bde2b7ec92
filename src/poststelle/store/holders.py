"""The programs that work on this store: each has a name, under which it holds claims, and a heart that beats.

A heart is a count that rises while its program lives. Whoever sees one stand still
for long enough frees what that program held: its clock is asked nothing, for
two machines may tell different times. Its leases end by themselves, sooner.
"""

from poststelle.store import folder_ops, submissions, writeback_ops
from poststelle.store.tx import ReadTx, Tx


def of_drafts(name: str) -> str:
    """Under which name a program's loop that makes drafts holds its claims."""
    return f"{name}/drafts"


def of_sender(name: str) -> str:
    """Under which name a program's loop that sends holds its claims."""
    return f"{name}/sender"


def beat(tx: Tx, name: str) -> dict[str, int]:
    """This program lives; how often the hearts of the others have beaten."""
    tx.run("beat", holder=name)
    return {row["name"]: row["beats"] for row in tx.all("list_other_holders", holder=name)}


def beats(tx: ReadTx) -> dict[str, int]:
    """How often the hearts of programs have beaten that have not ended."""
    return {row["name"]: row["beats"] for row in tx.all("list_other_holders", holder="")}


def bury(tx: Tx, name: str, beats: int) -> int | None:
    """Free what a program held, whose heart has not beaten since; None, and nothing is done, if it has.

    How many claims that were. What was on its way counts as attempted, for it may have been done.
    """
    if not tx.run("delete_holder_unless_alive", holder=name, beats=beats):
        return None
    return _free(tx, name)


def leave(tx: Tx, name: str) -> None:
    """This program ends, and holds nothing any more."""
    tx.run("delete_holder", holder=name)
    _free(tx, name)


def _free(tx: Tx, name: str) -> int:
    freed = writeback_ops.release_holder(tx, name) + folder_ops.release_holder(tx, name)
    freed += writeback_ops.release_holder(tx, of_drafts(name))
    return freed + submissions.release_holder(tx, of_sender(name))
