"""The rules of mail: taking it over from a provider, organising it, reading it.

``ingest`` merges what a provider reports, ``organise`` makes a user's change
and queues it for the provider, ``query`` answers what clients ask, ``blobs``
fetches octets once and keeps them. Every function that acts for a user checks
the user's rights itself. Must not know HTTP, JMAP or any one provider.
"""
