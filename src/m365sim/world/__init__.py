"""The mail of a simulated office: mailboxes, folders, messages and every change to them.

Plain functions and objects on one event loop, no HTTP: `m365sim.graph` and `m365sim.control` show
this world to programs and to tests.

- `World` holds the mailboxes, delivers mail (`receive`) and makes it by the hundred thousand (`bulk`);
- `organise` and `tree` are what people do with messages and folders;
- `Simulation` is the world with directory, clock, limits and call journal: one running simulator.
"""

from m365sim.world.mailbox import Mailbox
from m365sim.world.world import World

__all__ = ["Mailbox", "World"]
