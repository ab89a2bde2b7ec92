"""What tests of several folders share."""

from tests.browser import chromium_browser
from tests.databases import empty_url, postgres, url

__all__ = ["chromium_browser", "empty_url", "postgres", "url"]
