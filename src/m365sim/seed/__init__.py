"""The simulated office: a German estate agent's mail of the last eighteen months, made from a number.

`office(seed, now=…)` yields frozen facts (`m365sim.world.seedtypes`); the world brings them to life. The
same seed and the same ``now`` give the same bytes, in every process. Nothing here is real: names are common
ones combined by chance, addresses end in ``.example``, telephone numbers are from ranges kept for fiction.

``people`` and ``places`` are the cast, ``texts_*`` the words, ``phrases`` puts slots into them, ``threads``
tells stories turn by turn, ``letters`` writes bodies with quotes and signatures. ``newsletters``,
``notices``, ``portals``, ``junk``, ``drafts`` and ``oddities`` make what is not a conversation, ``files``
what is attached, ``mailboxes`` sorts everything into folders, ``assemble`` puts the office together.
This package must not know Graph.
"""

from m365sim.seed.assemble import DEMO_PASSWORD, office

__all__ = ["DEMO_PASSWORD", "office"]
