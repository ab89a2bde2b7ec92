"""Writing back: local changes on their way to the provider.

``drain.Drain`` takes the oldest open change of each message, sends up to twenty
in one request, and confirms, retries later or takes back. The queue is a table:
what was in flight when the process died is sent again, and finds itself done.
"""
