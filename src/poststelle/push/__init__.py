"""Telling clients that something changed: hints only, the change log is the truth.

``hub`` serves open streams of one process; ``listen`` brings it what others have committed, and tells
them; ``audience`` is what they listen to. ``web_push`` hands messages to push services,
encrypted (``encryption``), signed (``vapid``); ``webhook`` tells programs of the
operator's. Both go ``outbound``, to where they may go (``reach``).
Must not read the store or know HTTP as a server does.
"""
