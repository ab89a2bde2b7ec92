"""The mail of a simulated office: mailboxes, folders, messages and every change to them.

Plain functions and objects on one event loop, no HTTP: `m365sim.graph` and `m365sim.control` show
this world to programs and to tests.
"""
