"""Links from page to page that lead round in a circle, so that whoever follows them does not for ever."""

from poststelle.providers.errors import CursorExpired


class LinksMet:
    """The links that one reading has followed, from ``link`` on (None: from its beginning)."""

    def __init__(self, link: str | None = None) -> None:
        self._met: set[str | None] = {link}

    def note(self, link: str | None) -> None:
        """Go on with this one. Raises CursorExpired when it was followed before: nothing new comes by it."""
        if link is None:
            return
        if link in self._met:
            raise CursorExpired("link_leads_back")
        self._met.add(link)
