"""The mail API: JMAP (RFC 8620) and JMAP for Mail (RFC 8621), first part.

``routes`` gives the endpoints; ``api`` dispatches method calls to one module a
data type. JSON shapes live here and nowhere else; rules and SQL do not: every
method calls a use case of ``mail``, which checks the rights itself.
"""

from poststelle.http.jmap.context import JmapContext, Pushes
from poststelle.http.jmap.push import EVENT_SOURCE
from poststelle.http.jmap.routes import routes

__all__ = ["EVENT_SOURCE", "JmapContext", "Pushes", "routes"]
