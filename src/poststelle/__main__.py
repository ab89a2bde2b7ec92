"""``python -m poststelle``."""

from poststelle.cli import main

if __name__ == "__main__":
    main()
