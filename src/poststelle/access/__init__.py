"""Who may come in, and what they may do here: logins, users, grants, rights.

Access to mail is decided by our grants alone, never by a Microsoft identity.
Every change is recorded in the audit trail in its own transaction. Must not
know HTTP or Microsoft.
"""
