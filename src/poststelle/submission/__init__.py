"""Sending: from whom, when, and what became of it.

``submit`` takes a draft to be sent and cancels that, ``identities`` says from
which addresses, ``outcome`` ends a submission as sent or failed, ``reports``
reads what comes back from mail servers. Who may send is checked here; when and
how often it is tried is the business of ``writeback.sender``.
"""
