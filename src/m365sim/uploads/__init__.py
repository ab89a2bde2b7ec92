"""Large attachments in pieces: the sessions, and the door on the other host that takes the pieces.

::

    open ──PUT in order──▶ open ──last PUT──▶ attached, session gone
      │                      │
      └──────DELETE──────────┴──clock past expires_s──▶ gone

Sessions live as long as the process: after a restart their addresses are unknown. Graph opens sessions
(`m365sim.graph.upload_session`); nothing here knows Graph's routes.
"""
