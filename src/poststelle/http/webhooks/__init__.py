"""What other servers tell us: taken in, answered within milliseconds, believed only with its secret.

    microsoft   change notifications and lifecycle events of Graph
    rate        how much one address may tell

No login, no cookie, no header of ours; an answer never says whether anything was known or believed.
"""

from starlette.routing import Route

from poststelle.http.services import Services
from poststelle.http.webhooks import microsoft


def routes(services: Services) -> list[Route]:
    """All routes below ``/webhooks``."""
    return microsoft.routes(services)
