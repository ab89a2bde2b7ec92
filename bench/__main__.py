"""``python -m bench``: all benchmarks there are, one after the other."""

import argparse

from bench import first_sync, idle, latency, search, simulator


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--messages", type=int, default=20_000, help="messages in the mailbox (default: %(default)s)"
    )
    parser.add_argument(
        "--changes", type=int, default=100, help="changes whose way is timed (default: %(default)s)"
    )
    parser.add_argument(
        "--accounts", type=int, default=1000, help="mailboxes that are idle (default: %(default)s)"
    )
    parser.add_argument(
        "--searched", type=int, default=50_000, help="messages that are searched (default: %(default)s)"
    )
    options = parser.parse_args()
    if options.messages < 100:
        parser.error("--messages must be at least 100")
    if options.changes < 20:
        parser.error("--changes must be at least 20")
    first_sync.main(options.messages)
    latency.main(options.changes)
    search.main(options.searched)
    simulator.main()
    idle.main(options.accounts, idle.SECONDS, 0, list(idle.WAYS), is_postgres=False)


if __name__ == "__main__":
    main()
