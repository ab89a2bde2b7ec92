"""Real mail from files: ``.eml``, folders of them, and mbox, put into a simulated mailbox.

`parse.written_from_mime` reads one message, however damaged, and never raises for its content;
`files.load_path` walks files and says in one line what became of each.
"""

from m365sim.load.files import LoadResult, Read, load_path, read_mbox, read_mime, store

__all__ = ["LoadResult", "Read", "load_path", "read_mbox", "read_mime", "store"]
