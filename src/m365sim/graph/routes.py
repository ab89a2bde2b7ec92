"""The form of a route. Each module of handlers ends with its own ``ROUTES``; `router` joins them.

A row is ``(method, path below the mailbox, permission needed, handler)``. Placeholders ``{folder}`` and
``{message}`` reach the handler as objects, any other as the text that stood there.
"""

from __future__ import annotations

from m365sim.graph.access import Need
from m365sim.graph.context import Handler

Row = tuple[str, str, Need, Handler]
Rows = tuple[Row, ...]


def of_message(*rows: Row) -> Rows:
    """Rows whose paths follow a message, for its address in the mailbox and for the one in its folder."""
    bases = ("messages/{message}", "mailFolders/{folder}/messages/{message}")
    return _below(bases, rows)


def of_messages(*rows: Row) -> Rows:
    """Rows whose paths follow a collection of messages: all of the mailbox, and one folder's."""
    bases = ("messages", "mailFolders/{folder}/messages")
    return _below(bases, rows)


def _below(bases: tuple[str, ...], rows: Rows) -> Rows:
    return tuple((method, base + tail, need, act) for base in bases for method, tail, need, act in rows)
