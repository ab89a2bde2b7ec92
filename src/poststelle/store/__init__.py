"""Everything kept in the database: SQLite or PostgreSQL, the same statements for both.

A transaction is a plain function ``fn(tx, …)`` run by ``Store.read`` or
``Store.write``; it can't await, so no transaction waits for a network. What
must differ between the databases sits in ``engines``; no other module asks
which one runs. One module a noun; statements are named, in ``sql/*.sql``.
Must not know HTTP, JMAP, Microsoft or who may do what.
"""

from poststelle.store.engines.refusals_postgres import CannotConnect, explained
from poststelle.store.opening import SchemaMismatch, create_schema, open_store

__all__ = ["CannotConnect", "SchemaMismatch", "create_schema", "explained", "open_store"]
