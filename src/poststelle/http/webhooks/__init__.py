"""What other servers tell us: taken in, answered within milliseconds, believed only with its secret.

    microsoft   change notifications and lifecycle events of Graph

No login, no cookie, no header of ours; an answer never says whether anything was known or believed.
"""

from starlette.routing import BaseRoute, Mount

from poststelle.http.services import Services
from poststelle.http.webhooks import microsoft


def routes(services: Services) -> list[BaseRoute]:
    """All routes below ``/webhooks``; nothing else there is a page."""
    return [*microsoft.routes(services), Mount("/webhooks", routes=[])]
