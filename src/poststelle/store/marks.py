"""What is said in ``meta`` of a database that servers must leave alone."""

MOVED, BEING_FILLED = "moved", "being_filled"
"""Of one that is being moved to another, or was, and of that other one."""
FILLED = "filled"
"""Of one that was filled so: by which attempt. Servers go on with it."""
