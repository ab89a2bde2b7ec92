"""How large the pages are that a mailbox is read by."""

from poststelle.providers.graph.page_size import LARGEST, SMALLEST, PageSize


def read(size: PageSize, pages: int, *, octets_each: int, seconds_each: float) -> int:
    """The size asked for after so many full pages of such messages."""
    for _ in range(pages):
        asked = size.next(100)
        size.came(asked, asked, asked * octets_each, asked * seconds_each)
    return size.next(100)


def test_light_pages_grow_until_they_weigh_a_mebibyte() -> None:
    """Messages of four kilobytes come by the 256, whatever was asked for first."""
    assert read(PageSize(), 5, octets_each=4096, seconds_each=0.0001) == 256


def test_slow_pages_do_not_grow() -> None:
    """A second is long enough, also for light messages."""
    assert read(PageSize(), 5, octets_each=1000, seconds_each=0.02) == 100


def test_heavy_pages_shrink_so_that_memory_stays_flat() -> None:
    """Newsletters of 50 kilobytes come by the twenty, those of a megabyte by the ten."""
    assert read(PageSize(), 3, octets_each=50 << 10, seconds_each=0.001) == 20
    assert read(PageSize(), 3, octets_each=1 << 20, seconds_each=0.001) == SMALLEST


def test_much_too_slow_pages_shrink() -> None:
    """A hundred that took ten seconds are followed by forty."""
    assert read(PageSize(), 1, octets_each=1000, seconds_each=0.1) == 40


def test_the_short_page_at_a_rounds_end_says_nothing() -> None:
    """One new message in a tenth of a second does not make the next pages small, nor large."""
    size = PageSize()
    size.came(100, 1, 4096, 0.1)
    assert size.next(100) == 100


def test_no_page_is_larger_than_graph_allows() -> None:
    """Tiny messages, quickly."""
    assert read(PageSize(), 9, octets_each=100, seconds_each=0.00001) == LARGEST


def test_failures_shrink_pages_to_single_messages_and_good_ones_lift_the_limit() -> None:
    """A quarter at a time down, then twice as many with each page; the first page keeps to it too."""
    size = PageSize()
    assert [size.failed(100), size.failed(25), size.failed(6), size.failed(1)] == [25, 6, 1, None]
    assert size.first(50) == 1
    size.came(1, 1, 4096, 0.01)
    assert size.first(50) == 2
