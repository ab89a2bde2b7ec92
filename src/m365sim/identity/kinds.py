"""Every AADSTS number the platform knows: its ``error``, its sentence, and where it shows itself.

    page      fills the sign-in page, or stands beside a field of it: the app is told nothing
    redirect  goes back to the app's redirect address
    token     answers a token request, as JSON

Where a number shows itself in several places, the first is where a planned failure of a sign-in goes.
Facts found in sources are in ``docs/m365sim/identity.md``, and so are the guesses.

Source: "Microsoft Entra authentication and authorization error codes"; "OAuth 2.0 authorization code
flow", error codes; MSAL's documentation of ``suberror``.
"""

from __future__ import annotations

from m365sim.identity.kind import Kind, Place
from m365sim.identity.kinds_of_apps import APP_AND_TENANT, CLIENTS, REQUESTS
from m365sim.identity.kinds_of_people import GRANTS, PERSON

__all__ = ["KINDS", "Kind", "Place"]

KINDS: dict[int, Kind] = {**APP_AND_TENANT, **PERSON, **GRANTS, **CLIENTS, **REQUESTS}
