"""``python -m m365sim``."""

from m365sim.cli import main

if __name__ == "__main__":
    main()
