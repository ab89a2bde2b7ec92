"""The web UI's files. Every page address answers with index.html; the UI finds its way from there.

A file below ``assets/`` that this build does not have may be another one's (``http.page_files``).
"""

import asyncio
import gzip
import mimetypes
import os
from importlib.resources import files
from pathlib import Path, PurePosixPath

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from poststelle.http.page_files import PageFiles

_ASSETS = "assets/"
_IMMUTABLE = "public, max-age=31536000, immutable"
_REVALIDATE = "no-cache"
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_TYPES = {".webmanifest": "application/manifest+json", ".woff2": "font/woff2", ".js": "text/javascript"}
_NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Poststelle</title>
<p>The server runs, but its web pages are not built yet. Run <code>make ui</code> and reload.</p></html>"""


def find_ui(configured: Path | None) -> Path | None:
    """Where the built UI lies: as configured, inside the package, or in a checkout; None when not built."""
    packaged = Path(str(files("poststelle.http"))) / "ui"
    checkout = Path(__file__).resolve().parents[3] / "web" / "dist"
    candidates = [configured] if configured else [packaged, checkout]
    return next((path for path in candidates if path and (path / "index.html").is_file()), None)


def assets(ui: Path) -> dict[str, str]:
    """Where the files lie that are called by their content, by their names below ``assets/``."""
    packed = tuple(suffix for _, suffix in _ENCODINGS)
    return {
        path.removeprefix(_ASSETS): where
        for path, where in _list_files(ui).items()
        if path.startswith(_ASSETS) and not path.endswith(packed)
    }


def routes(ui: Path | None, others: PageFiles | None = None) -> list[Route]:
    """The last route: whatever no other one answers. ``others``: files of other builds, if there are any."""
    known = _list_files(ui) if ui else {}

    async def serve(request: Request) -> Response:
        path = request.url.path.lstrip("/")
        if path in known and path != "index.html":
            return _file(request, path, known)
        if others is not None and path.startswith(_ASSETS):
            name = path.removeprefix(_ASSETS)
            if (octets := await others.find(name)) is not None:
                return await _of_another_build(request, name, octets)
        if path.startswith(("api/", "jmap/", _ASSETS)) or PurePosixPath(path).suffix:
            raise HTTPException(404, "There is nothing at this address.")
        if "index.html" not in known:
            return HTMLResponse(_NOT_BUILT, status_code=503)
        return FileResponse(known["index.html"], headers={"Cache-Control": "no-store"})

    return [Route("/{path:path}", serve, methods=["GET"])]


def _list_files(ui: Path) -> dict[str, str]:
    """All files by address, once: no request ever touches a path that wasn't there at the start.

    They are plain text: a path object for each of some hundreds is most of the work of a start's routes.
    """
    found: dict[str, str] = {}
    for folder, _, inside in os.walk(ui):
        above = "" if folder == str(ui) else f"{Path(folder).relative_to(ui).as_posix()}/"
        found |= {above + file: f"{folder}{os.sep}{file}" for file in inside}
    return found


def _file(request: Request, path: str, known: dict[str, str]) -> Response:
    headers = {
        "Cache-Control": _IMMUTABLE if path.startswith(_ASSETS) else _REVALIDATE,
        "Vary": "Accept-Encoding",
    }
    found, encoding = _best_form(request, path, known)
    if not found.is_file():  # built anew while we run: the page reloads and asks for the new names
        raise HTTPException(404, "There is nothing at this address any more.")
    if encoding:
        headers["Content-Encoding"] = encoding
    answer = FileResponse(found, headers=headers, media_type=_media_type(path), stat_result=found.stat())
    if request.headers.get("if-none-match") == answer.headers["etag"]:
        return Response(status_code=304, headers=headers | {"ETag": answer.headers["etag"]})
    return answer


async def _of_another_build(request: Request, name: str, packed: bytes) -> Response:
    headers = {"Cache-Control": _IMMUTABLE, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, headers=headers | {"Content-Encoding": "gzip"}, media_type=_media_type(name))
    octets = await asyncio.to_thread(gzip.decompress, packed)
    return Response(octets, headers=headers, media_type=_media_type(name))


def _media_type(path: str) -> str | None:
    return _TYPES.get(PurePosixPath(path).suffix) or mimetypes.guess_type(path)[0]


def _best_form(request: Request, path: str, known: dict[str, str]) -> tuple[Path, str]:
    """The file as compressed at build time, where the browser takes it; else as it is."""
    accepted = request.headers.get("accept-encoding", "")
    for name, suffix in _ENCODINGS:
        if name in accepted and path + suffix in known:
            return Path(known[path + suffix]), name
    return Path(known[path]), ""
