"""What of a PostgreSQL server its address does not say."""

from dataclasses import dataclass

CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class DatabaseOptions:
    """How it is reached and laid out; SQLite needs none of this.

    ``direct``: the address past a pooler, for what needs a session of its own; None: the same address.
    ``prepares``: whether statements are prepared; None: unless what lies between cannot bear it.
    ``connections``: how many a process opens at most, 2 or more.
    ``partitions``: into how many partitions by account the large tables of a new database are made; 0: none.
    """

    direct: str | None = None
    prepares: bool | None = None
    connections: int = CONNECTIONS
    partitions: int = 0


AS_USUAL = DatabaseOptions()
