"""Outside mail systems behind one port (``base``); one package a provider.

A provider speaks its own wire format, translates errors once, and has never
heard of the store, of users or of jobs. Folder and message ids here are the
provider's (``RemoteId``).
"""
