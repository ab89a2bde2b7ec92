"""Tables partitioned by account, where that was asked for when the database was made.

``{partitioned messages}`` in the schema stands behind the table of that name. The partitions are
ordinary tables, each with all indexes of the whole; which one an account's rows are in is the server's
business, and a statement that names the account reads no other.

Source: PostgreSQL, "Table Partitioning"; "CREATE TABLE", "PARTITION OF".
"""

import re

KEY = "partitions"
"""Under which ``meta`` has the number of partitions; absent: tables are whole."""

_PLACE = re.compile(r"\{partitioned (\w+)\}")


def fill(text: str, count: int) -> str:
    """The schema's text for so many partitions; 0: tables are whole."""
    return _PLACE.sub(lambda found: _clause(found[1], count) if count else "", text)


def _clause(table: str, count: int) -> str:
    made = (
        f"create table {table}_p{number} partition of {table}"
        f" for values with (modulus {count}, remainder {number})"
        for number in range(count)
    )
    return f"partition by hash (account_id);\n{';'.join(made)}"
