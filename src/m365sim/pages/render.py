"""Templates to HTML answers, with headers that let a page load nothing from elsewhere."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, Response

from m365sim.pages.words import Language, text

if TYPE_CHECKING:
    from jinja2 import Environment

_FOLDER = Path(__file__).parent / "templates"


def _environment() -> Environment:
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
        self.css = (_FOLDER / "pages.css").read_bytes()

    @cached_property
    def _environment(self) -> Environment:
        return _environment()

    def page(self, name: str, language: Language, *, status: int = 200, **values: Any) -> Response:
        """One page. It may run only scripts that carry its own nonce, and frame nothing."""
        nonce = secrets.token_urlsafe(16)
        html = self._environment.get_template(name).render(
            language=language, t=translator(language), nonce=nonce, **values
        )
        policy = (
            f"default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'nonce-{nonce}'; "
            "base-uri 'none'; frame-ancestors 'none'"
        )
        headers = {
            "Content-Security-Policy": policy,
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
