"""The administration API for programs, ``/api/v1``: a table of operations, their routes, their document.

Each operation is one of the page's own addresses below ``/api``, opened to tokens under a path that stays.
"""

from poststelle.http.v1.routes import routes

__all__ = ["routes"]
