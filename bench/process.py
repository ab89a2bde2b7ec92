"""What the system knows of a process (Linux)."""

import os
from pathlib import Path


def cpu_s(pid: int, *, with_ended: bool = False) -> float:
    """The processor time it has used so far, ``with_ended`` children's also.

    Unlike time on the clock it hardly depends on what else runs.
    """
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11 : 15 if with_ended else 13])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> int:
    """The octets of memory it holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
