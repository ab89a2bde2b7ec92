"""Microsoft Graph's mail API, first part, over a `m365sim.world`.

`app.graph_routes` gives Starlette routes; everything below is plain functions from a request to an answer.
What is not simulated is refused with 501 and its name: no parameter, header or route is silently ignored.
No module here changes mail by itself: changes go through `m365sim.world.organise` and `tree`.
"""
