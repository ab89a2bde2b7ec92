"""The settings pages' API: users, accounts, assignments, the app at Microsoft, the audit trail.

Every route needs the right ``settings``; the use cases refuse without it and
name the administrators to ask.
"""
