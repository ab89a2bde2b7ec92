"""The clouds Microsoft 365 runs in: a world each, with hosts of their own.

Source: "National clouds" (Microsoft identity platform), "Microsoft Graph national cloud deployments",
read autumn 2026. Graph's hosts of the new sovereign clouds are guesses.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cloud:
    """One cloud. Hosts are the real ones: they name Graph in scopes, whatever host the simulator has.

    ``region`` is what discovery documents say as ``tenant_region_scope``.
    """

    name: str
    login_hosts: tuple[str, ...]
    graph_host: str
    instance_name: str
    region: str | None = None
    sub_region: str | None = None

    @property
    def is_global(self) -> bool:
        """Only the global cloud has personal accounts, and deleting for good at once."""
        return self.name == "global"

    @property
    def graph(self) -> str:
        """Graph as a resource, as scopes write it: ends in a slash."""
        return f"https://{self.graph_host}/"


GLOBAL = Cloud(
    "global",
    ("login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"),
    "graph.microsoft.com",
    "microsoftonline.com",
)
_OTHERS = (
    Cloud(
        "usgov",
        ("login.microsoftonline.us", "login.usgovcloudapi.net"),
        "graph.microsoft.us",
        "microsoftonline.us",
        "USGov",
        "DODCON",
    ),
    Cloud(
        "dod",
        ("login.microsoftonline.us", "login.usgovcloudapi.net"),
        "dod-graph.microsoft.us",
        "microsoftonline.us",
        "USGov",
        "DOD",
    ),
    Cloud(
        "china",
        ("login.partner.microsoftonline.cn", "login.chinacloudapi.cn"),
        "microsoftgraph.chinacloudapi.cn",
        "partner.microsoftonline.cn",
        "AS",
    ),
    Cloud("fr", ("login.sovcloud-identity.fr",), "graph.svc.sovcloud.fr", "sovcloud-identity.fr"),
    Cloud("de", ("login.sovcloud-identity.de",), "graph.svc.sovcloud.de", "sovcloud-identity.de"),
    Cloud("sg", ("login.sovcloud-identity.sg",), "graph.svc.sovcloud.sg", "sovcloud-identity.sg"),
)
CLOUDS = {cloud.name: cloud for cloud in (GLOBAL, *_OTHERS)}
