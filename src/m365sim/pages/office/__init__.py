"""The page at ``/``: the simulated world in a browser, to see and to steer.

::

    /                        deliver a message; mailboxes
    /office/mailboxes/...    one mailbox, one message: read, mark, move, delete
    /office/letters          what left the world, what is under way
    /office/calls            what programs asked for
    /office/subscriptions    who is told of changes
    /office/trouble          faults to come, the clock
    /office/switches         behaviour and limits
    /office/sign-ins         people, organisations, apps

Every page works without scripts: a form posts, acts, and sends the browser back. One script lets what
changes show by itself. It is for one developer at one machine, asks for no password, and must not be open
to a network.
"""
