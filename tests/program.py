"""The ``poststelle`` command with password hashing that costs nothing: ``python -m tests.program serve``.

A login costs a fifth of a second of a processor otherwise, and tests log in by the hundred.
"""

from tests.passwords import CHEAP

from poststelle.auth.passwords import Passwords
from poststelle.cli import main

if __name__ == "__main__":
    main(Passwords(CHEAP))
