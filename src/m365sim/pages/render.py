"""Templates to HTML answers, with headers that let a page load nothing from elsewhere."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, Response

from m365sim.pages.words import Language, text

if TYPE_CHECKING:
    from jinja2 import Environment

_FOLDER = Path(__file__).parent / "templates"
_ASSETS = {"pages.css": "text/css", "office.css": "text/css", "office.js": "text/javascript"}


@cache
def _environment() -> Environment:
    """All pages of a process share what their templates were compiled to."""
    # A fifth of the start-up, and most runs of programs never open a page: brought in for the first page.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Renderer:
    """Fills the templates. Texts come as ``t(key, …)`` in the page's language."""

    def __init__(self) -> None:
        self.assets = {name: ((_FOLDER / name).read_bytes(), kind) for name, kind in _ASSETS.items()}

    def page(
        self, name: str, language: Language, *, status: int = 200, policy: str = "", **values: Any
    ) -> Response:
        """One page. It runs only scripts that carry its own nonce; ``policy`` lets it load more."""
        nonce = secrets.token_urlsafe(16)
        html = (
            _environment()
            .get_template(name)
            .render(language=language, t=translator(language), nonce=nonce, **values)
        )
        rules = (
            f"default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'nonce-{nonce}'; "
            f"base-uri 'none'; frame-ancestors 'none'; {policy}"
        )
        headers = {
            "Content-Security-Policy": rules.rstrip("; "),
            "Cache-Control": "no-store",
            "Referrer-Policy": "strict-origin-when-cross-origin",
            "X-Content-Type-Options": "nosniff",
        }
        return HTMLResponse(html, status, headers)


def translator(language: Language) -> Callable[..., str]:
    """The function ``t`` of the templates."""

    def translate(key: str, **values: str) -> str:
        return text(language, key, **values)

    return translate
