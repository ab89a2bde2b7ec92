"""What tests of several folders share."""

import gc
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings
from tests.browser import chromium_browser
from tests.databases import (
    chosen_database,
    empty_postgres_url,
    empty_url,
    partitioned_url,
    pooled_url,
    pooler,
    postgres,
    postgres_url,
    pytest_generate_tests,
    sqlite_file,
    sqlite_url,
    url,
)
from tests.memory import keep_files_in_memory
from tests.s3 import S3, running_s3

__all__ = [
    "chosen_database",
    "chromium_browser",
    "empty_postgres_url",
    "empty_url",
    "partitioned_url",
    "pooled_url",
    "pooler",
    "postgres",
    "postgres_url",
    "pytest_generate_tests",
    "sqlite_file",
    "sqlite_url",
    "url",
]


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    """An object storage; started for the first test that asks."""
    with running_s3(tmp_path_factory.mktemp("s3")) as it:
        yield it


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests come first, so that at the end no worker waits for another's."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """All that was imported and gathered stays to the end: it is not looked through again for what is unused.

    That took a fifth of the time of small tests. What they make themselves is collected as ever, only later.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


def pytest_configure() -> None:
    """Errors that are provoked by the hundred are logged plainly, as the server does, and not drawn.

    No example has a deadline: how long one takes says how busy the machine is.
    """
    keep_files_in_memory()
    settings.register_profile("untimed", deadline=None)
    settings.load_profile("untimed")
    plain: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(processors=[*plain, structlog.dev.ConsoleRenderer(colors=False)])
