"""A program that does each of its jobs in a process of its own, which may be killed at any moment.

Forking instead of starting anew saves the time of all imports.
"""

import asyncio
import os
import sys
import traceback
from collections.abc import Callable, Coroutine
from typing import Any


def do_each_line(work: Callable[[str], Coroutine[Any, Any, None]]) -> None:
    """Each line read is a job for a new process; ``ended STATUS`` is told at its end (below 0: a signal)."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                asyncio.run(work(line))
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(f"ended {os.waitstatus_to_exitcode(status)}", flush=True)
