"""What tests of several folders share."""

from tests.browser import chromium_browser

__all__ = ["chromium_browser"]
