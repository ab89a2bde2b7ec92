"""How many messages to ask for at once: few where they are heavy, slow or fail, many where they are not."""

SMALLEST, LARGEST = 10, 1000
_LIGHT = 1 << 20  # octets: some pages are held in memory at once, whatever they weigh
_QUICK_S, _SLOW_S = 1.0, 4.0
_SHRINK = 4


class PageSize:
    """What one mailbox's pages have shown.

    A page that fails (500 or 504: too heavy for the service) makes the next ones a quarter of its size, down
    to one message; from there good pages double the limit again. Short of that, pages grow until they weigh
    about a mebibyte or take about a second, and shrink when they are heavier or take much longer.
    """

    def __init__(self) -> None:
        self._limit = LARGEST
        self._fitting: int | None = None

    def first(self, wanted: int) -> int:
        """The size of a folder's first page, which somebody may be waiting for."""
        return min(wanted, self._limit)

    def next(self, wanted: int) -> int:
        """The size of any other; ``wanted`` until a page has shown what fits."""
        return min(wanted if self._fitting is None else self._fitting, self._limit)

    def failed(self, size: int) -> int | None:
        """A page of this size failed; the size to try now, None after a single message."""
        if size == 1:
            return None
        self._limit = max(1, size // _SHRINK)
        return self._limit

    def came(self, size: int, messages: int, octets: int, seconds: float) -> None:
        """A page asked for with this size came, with so many messages."""
        self._limit = min(LARGEST, max(self._limit, size * 2))
        light = int(messages * _LIGHT / max(octets, 1))
        if octets > _LIGHT or seconds > _SLOW_S:
            quick = int(messages * _SLOW_S / seconds) if seconds > _SLOW_S else size
            self._fitting = max(SMALLEST, min(size, light, quick))
        elif messages >= size:
            quick = int(messages * _QUICK_S / max(seconds, 0.001))
            self._fitting = max(size, min(2 * size, light, quick, LARGEST))
