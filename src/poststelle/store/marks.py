"""What is said in a database that servers must leave alone; in ``meta``, but for the last."""

MOVED, BEING_FILLED = "moved", "being_filled"
"""Of one that is being moved to another, or was, and of that other one."""
FILLED = "filled"
"""Of one that was filled so: by which attempt. Servers go on with it."""
RESTORING = "poststelle_restoring"
"""The table of one that a restore has begun to fill: it is there before ``meta`` is."""
NO_PROGRAM = 1_000_000
"""``oldest_code`` of such a database, for programs that do not know that table: none is new enough."""
OLDEST_AFTER = "oldest_code_after_restore"
"""What ``oldest_code`` is to be once the restore has ended; of no meaning where it is another than that."""
IS_BEING_RESTORED = (
    "A restore into this database has not ended. Let it end; if it was broken off, run `poststelle restore`"
    " with the same backup and data folder again, or begin with a new, empty database."
)
