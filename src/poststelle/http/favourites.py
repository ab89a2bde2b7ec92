"""``/api/favourites``: the folders that one wants at hand, over all of one's mailboxes."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.http import authn
from poststelle.http.body import Body, account_id, parse_account, read_body
from poststelle.http.errors import json_response
from poststelle.http.services import Services
from poststelle.lib.ids import decode_id, encode_id
from poststelle.mail import favourites
from poststelle.model.errors import NotFound
from poststelle.model.ids import ACCOUNT, FOLDER, FolderId
from poststelle.model.mail_page import Favourite


class FavouriteRow(Body):
    account: str
    folder: str


class PlaceBody(Body):
    """``before`` null: at the end."""

    before: FavouriteRow | None = None


def routes(services: Services) -> list[Route]:
    """Each answers with all of them, in their order."""
    store = services.store

    async def list_all(request: Request) -> Response:
        who = await authn.bearer(services, request)
        return _answer(request, await store.read(favourites.list_all, who.user.id))

    async def put(request: Request) -> Response:
        who = await authn.bearer(services, request)
        wanted, body = _named(request), await read_body(request, PlaceBody)
        before = None
        if body.before is not None:
            before = Favourite(parse_account(body.before.account), _folder(body.before.folder))
        return _answer(request, await store.write(favourites.put, who.user.id, wanted, before))

    async def remove(request: Request) -> Response:
        who = await authn.bearer(services, request)
        return _answer(request, await store.write(favourites.remove, who.user.id, _named(request)))

    return [
        Route("/api/favourites", list_all, methods=["GET"]),
        Route("/api/favourites/{account}/{folder}", put, methods=["PUT"]),
        Route("/api/favourites/{account}/{folder}", remove, methods=["DELETE"]),
    ]


def _named(request: Request) -> Favourite:
    return Favourite(account_id(request), _folder(str(request.path_params["folder"])))


def _folder(text: str) -> FolderId:
    number = decode_id(FOLDER, text)
    if number is None:
        raise NotFound("no_such_folder", "There is no such folder.")
    return FolderId(number)


def _answer(request: Request, found: Sequence[Favourite]) -> Response:
    rows = [FavouriteRow(encode_id(ACCOUNT, one.account), encode_id(FOLDER, one.folder)) for one in found]
    return json_response(request, {"favourites": rows})
