"""What tests of several folders share."""

from tests.browser import chromium_browser
from tests.databases import empty_postgres_url, empty_url, postgres, postgres_url, url

__all__ = ["chromium_browser", "empty_postgres_url", "empty_url", "postgres", "postgres_url", "url"]
