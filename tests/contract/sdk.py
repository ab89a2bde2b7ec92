"""Microsoft's own msgraph-sdk, told another base address and CA by its own means and nothing else."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import anyio
import httpx
from kiota_abstractions.authentication import (
    AccessTokenProvider,
    AllowedHostsValidator,
    BaseBearerTokenAuthenticationProvider,
)
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.message import Message
from msgraph.generated.models.recipient import Recipient
from msgraph.graph_request_adapter import options
from msgraph_core import GraphClientFactory
from tests.contract.tenant import Place

T = TypeVar("T")


class _Tokens(AccessTokenProvider):
    """Gives Graph's host, and no other, the person's token."""

    def __init__(self, place: Place) -> None:
        self._token = place.token()
        self._hosts = AllowedHostsValidator([httpx.URL(place.graph_url).host])

    async def get_authorization_token(
        self, uri: str, additional_authentication_context: dict[str, Any] | None = None
    ) -> str:
        return self._token if self._hosts.is_url_host_valid(uri) else ""

    def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
        return self._hosts


@dataclass
class Desk:
    """The SDK's client with the names of what a test makes: all of it begins with ``mark``."""

    client: GraphServiceClient
    place: Place
    mark: str

    def subject(self, text: str) -> str:
        """A subject that nobody else uses."""
        return f"{self.mark} {text}"

    def message(self, text: str, *to: str, body: str = "Hello") -> Message:
        """A message to write."""
        recipients = [Recipient(email_address=EmailAddress(address=address)) for address in to]
        content = ItemBody(content_type=BodyType.Text, content=body)
        return Message(subject=self.subject(text), body=content, to_recipients=recipients)

    async def draft(self, text: str, *to: str) -> Message:
        """A draft that was created."""
        made = await self.client.me.messages.post(self.message(text, *to))
        assert made is not None and made.id
        return made

    async def found(self, text: str, folder: str = "inbox") -> Message:
        """The message of this subject in a folder, waited for."""
        builder = self.client.me.mail_folders.by_mail_folder_id(folder).messages
        wanted = query(builder, filter=f"subject eq '{self.subject(text)}'")

        async def look() -> Message | None:
            page = await builder.get(wanted)
            return page.value[0] if page and page.value else None

        return await eventually(look)

    async def tidy(self) -> None:
        """Take away for good whatever bears the mark: answers to it and folders, too."""
        me = self.client.me
        ours = query(me.messages, filter=f"contains(subject,'{self.mark}')", top=100, select=["id"])
        for message in (await me.messages.get(ours)).value:
            await me.messages.by_message_id(message.id).permanent_delete.post()
        named = query(me.mail_folders, filter=f"startswith(displayName,'{self.mark}')")
        for folder in (await me.mail_folders.get(named)).value:
            await me.mail_folders.by_mail_folder_id(folder.id).permanent_delete.post()


def _query(builder: Any, **fields: Any) -> Any:
    """The SDK's query parameters of a request builder; each class of builders nests a class of its own."""
    kind = next(v for n, v in vars(type(builder)).items() if n.endswith("GetQueryParameters"))
    return kind(**fields)


def query(builder: Any, *, prefer: str | None = None, **fields: Any) -> RequestConfiguration[Any]:
    """A request configuration with these query options and, if given, this ``Prefer``."""
    configuration = RequestConfiguration(query_parameters=_query(builder, **fields))
    if prefer is not None:
        configuration.headers = HeadersCollection()
        configuration.headers.add("Prefer", prefer)
    return configuration


async def eventually(look: Callable[[], Awaitable[T | None]], within_s: float = 90) -> T:
    """What ``look`` finds; a real tenant may take its time to deliver."""
    ends = time.monotonic() + within_s
    while (found := await look()) is None:
        assert time.monotonic() < ends, "nothing came"
        await anyio.sleep(0.2)
    return found


@asynccontextmanager
async def client_at(place: Place) -> AsyncIterator[GraphServiceClient]:
    """The SDK's client, as its documentation builds one."""
    http = httpx.AsyncClient(verify=place.verify, base_url=place.graph_url, timeout=30)
    http = GraphClientFactory.create_with_default_middleware(client=http, options=options)
    adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(_Tokens(place)), client=http)
    adapter.base_url = place.graph_url
    try:
        yield GraphServiceClient(request_adapter=adapter)
    finally:
        await http.aclose()


@asynccontextmanager
async def at_desk(place: Place) -> AsyncIterator[Desk]:
    """A desk that is tidied up at the end."""
    async with client_at(place) as client:
        desk = Desk(client, place, f"contract-{uuid.uuid4().hex[:10]}")
        yield desk
        await desk.tidy()
