"""National clouds: other hosts for Graph, no personal accounts, and no deleting for good at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msal
import pytest
import requests
from tests.sim.identity.app import PASSWORD, App
from tests.sim.identity.browser import Browser
from tests.sim.identity.conftest import OFFICE

from m365sim.clouds import CLOUDS
from m365sim.server import DEMO_CLIENT_ID, DEMO_SECRET, Running, ServeOptions, running

ANNA = "anna@lindner.example"


@pytest.fixture
def gov(data_dir: Path) -> Iterator[App]:
    """The demo app in the US Government's cloud."""
    with running(ServeOptions(data_dir, lambda: OFFICE, cloud=CLOUDS["usgov"])) as sim:
        yield App(sim)


def test_discovery_names_the_hosts_of_the_cloud(gov: App) -> None:
    """Login instance, Graph's host and region are those of the national cloud."""
    _, document = gov.get("/organizations/v2.0/.well-known/openid-configuration")

    assert document["cloud_instance_name"] == "microsoftonline.us"
    assert document["msgraph_host"] == "graph.microsoft.us"
    assert document["tenant_region_scope"] == "USGov"


def test_the_global_cloud_says_so_too(app: App) -> None:
    """Without a setting it is the global one."""
    _, document = app.get("/common/v2.0/.well-known/openid-configuration")

    assert (document["msgraph_host"], document["tenant_region_scope"]) == ("graph.microsoft.com", None)


def test_graph_is_asked_for_by_its_own_host(gov: App) -> None:
    """graph.microsoft.us is Graph there, and in the answers; graph.microsoft.com is not."""
    browser = Browser(gov.sim.pages_url)
    code = gov.code(browser, ANNA, "lindner.example", scope="https://graph.microsoft.us/Mail.Read openid")

    _, tokens = gov.redeem(code, "lindner.example")
    foreign = browser.open(gov.authorize_url(scope="https://graph.microsoft.com/Mail.Read")).answer()

    assert "https://graph.microsoft.us/Mail.Read" in tokens["scope"].split()
    assert foreign["error"] == "invalid_resource"
    assert gov.graph(tokens["access_token"], "/v1.0/me/messages")[0] == 200


def test_there_are_no_personal_accounts(gov: App) -> None:
    """The consumers path is unknown, and a personal address too; work accounts sign in at common."""
    status, _ = gov.get("/consumers/v2.0/.well-known/openid-configuration")
    browser = Browser(gov.sim.pages_url)
    browser.open(gov.authorize_url()).press("next", loginfmt="lena@outlook.example")

    assert status == 400
    assert browser.has("#message")
    assert gov.code(browser, ANNA)


def test_people_can_be_added_there(gov: App) -> None:
    """To a tenant, as everywhere; there is none of personal accounts to compare it with."""
    person = {"tenant": "lindner.example", "password": PASSWORD}
    status, _ = gov.control("PUT", "/users/neu@lindner.example", person)

    assert status == 200
    assert gov.code(Browser(gov.sim.pages_url), "neu@lindner.example")


def test_nothing_is_deleted_for_good_at_once(gov: App) -> None:
    """permanentDelete is not there for messages and folders, and the message stays."""
    tokens = gov.control("POST", "/tokens", {"user": ANNA, "client_id": gov.client_id})[1]
    world = gov.sim.simulation.world
    mailbox = world.mailbox(ANNA)
    world.bulk(mailbox, mailbox.folder("inbox"), 1)
    _, _, page = gov.graph(tokens["access_token"], "/v1.0/me/messages")
    message = f"/v1.0/me/messages/{page['value'][0]['id']}/permanentDelete"

    status, _, answer = gov.graph(tokens["access_token"], message, "POST")
    folder = gov.graph(tokens["access_token"], "/v1.0/me/mailFolders/drafts/permanentDelete", "POST")

    assert (status, folder[0]) == (400, 400)
    assert "permanentDelete" in answer["error"]["message"]
    assert len(mailbox.messages) == 1


def test_a_tenant_of_another_cloud_is_not_here(app: App) -> None:
    """90038 at every endpoint."""
    app.control("PUT", "/tenants/strict.example", {"cloud": "china"})

    status, answer = app.token("strict.example", grant_type="client_credentials")

    assert (status, answer["error_codes"]) == (400, [90038])
    assert "china" in answer["error_description"]


# -- instance discovery ---------------------------------------------------------------------------


class _Wire:
    """MSAL's transport: the real login host, whose requests go to the simulator."""

    def __init__(self, sim: Running) -> None:
        self._base = sim.base_url
        self._session = requests.Session()
        self._session.verify = str(sim.ca_file)
        self._session.trust_env = False
        self.asked: list[str] = []

    def _url(self, url: str) -> str:
        self.asked.append(url)
        return url.replace("https://login.microsoftonline.com", self._base)

    def get(self, url: str, **more: Any) -> Any:
        return self._session.get(self._url(url), **more)

    def post(self, url: str, **more: Any) -> Any:
        return self._session.post(self._url(url), **more)

    def close(self) -> None:
        self._session.close()


def test_msal_validates_the_real_login_host_here(app: App) -> None:
    """With instance discovery on and the login host led here, tokens come, and come again from the cache."""
    wire = _Wire(app.sim)
    app.control("PUT", f"/apps/{app.client_id}", {"tenant": "lindner.example"})
    client = msal.ConfidentialClientApplication(
        DEMO_CLIENT_ID,
        client_credential=DEMO_SECRET,
        authority="https://login.microsoftonline.com/lindner.example",
        http_client=wire,
    )
    tokens = app.control("POST", "/tokens", {"user": ANNA, "client_id": app.client_id})[1]
    assert client.get_accounts() == []  # nobody yet: MSAL looks for other names of the host

    app_only = client.acquire_token_for_client(["https://graph.microsoft.com/.default"])
    client.acquire_token_by_refresh_token(tokens["refresh_token"], ["Mail.ReadWrite"])
    [account] = client.get_accounts()
    silent = client.acquire_token_silent(["Mail.ReadWrite"], account)
    wire.close()

    assert "access_token" in app_only
    assert silent["token_source"] == "cache"
    assert any("/discovery/instance" in url for url in wire.asked)


def test_an_instance_address_may_be_given_to_msal(app: App) -> None:
    """MSAL takes the address of instance discovery as a text; our own host name is known there."""
    wire = _Wire(app.sim)
    host = app.sim.base_url.removeprefix("https://")

    client = msal.ConfidentialClientApplication(
        DEMO_CLIENT_ID,
        client_credential=DEMO_SECRET,
        authority=f"https://{host}/lindner.example",
        instance_discovery=f"{app.sim.base_url}/common/discovery/instance",
        http_client=wire,
    )
    wire.close()

    assert client.authority.token_endpoint.startswith(app.sim.base_url)


def test_a_foreign_host_is_no_instance(app: App) -> None:
    """50049 invalid_instance, with a way out."""
    query = "?api-version=1.1&authorization_endpoint=https://login.evil.example/common/oauth2/authorize"

    status, answer = app.get(f"/common/discovery/instance{query}")

    assert (status, answer["error"], answer["error_codes"]) == (400, "invalid_instance", [50049])
