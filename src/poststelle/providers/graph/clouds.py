"""Where Microsoft's clouds live.

Source: Microsoft identity platform, "National clouds"; Graph v1.0, "National cloud deployments"
(read 2026-09).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cloud:
    """``login_base`` and ``graph_base`` are origins without a path.

    ``is_known`` False means a base configured by the operator (a simulator, a
    new sovereign cloud): MSAL must not ask Microsoft whether it exists.
    ``has_permanent_delete``: the call exists in the global cloud only.
    """

    login_base: str
    graph_base: str
    is_known: bool = True
    has_permanent_delete: bool = False


GLOBAL = Cloud("https://login.microsoftonline.com", "https://graph.microsoft.com", has_permanent_delete=True)
CLOUDS = {
    "global": GLOBAL,
    "us_gov": Cloud("https://login.microsoftonline.us", "https://graph.microsoft.us"),
    "us_dod": Cloud("https://login.microsoftonline.us", "https://dod-graph.microsoft.us"),
    "china": Cloud("https://login.partner.microsoftonline.cn", "https://microsoftgraph.chinacloudapi.cn"),
}
TENANT_WORDS = ("organizations", "common", "consumers")
"""In place of one tenant: people of any may sign in."""
CONSUMERS_TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad"


def choose_cloud(name: str, login_base: str | None = None, graph_base: str | None = None) -> Cloud:
    """The cloud called ``name``, with bases replaced where the operator configured others.

    Raises KeyError for an unknown name.
    """
    cloud = CLOUDS[name]
    if login_base is None and graph_base is None:
        return cloud
    return Cloud(
        (login_base or cloud.login_base).rstrip("/"),
        (graph_base or cloud.graph_base).rstrip("/"),
        is_known=login_base is None,
        has_permanent_delete=cloud.has_permanent_delete,
    )
