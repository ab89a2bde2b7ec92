"""The simulator's own door for tests: make mail, break things, move the clock, see what was asked.

JSON under ``/control`` on plain HTTP; described in ``docs/m365sim/control.md``. `client.ControlClient`
is a small client for it. No Microsoft program knows any of this.
"""
