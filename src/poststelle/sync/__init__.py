"""Pulling and proving: when an account is looked at, in what order, and whether all of it is there.

    engine.SyncEngine   claims accounts that are due, keeps hints (wake, look here)
    attention           what people want to see now, made due work
    pull_account        one pull: first contact, folder list, due folders, departures, attachments
    pull_folder         one folder's delta round, page by page
    reading_ahead       pages fetched ahead, so that several commit together
    completed           what a page only hints at: unknown messages that left, fragments of unknown ones
    measure             what the provider counts in the part of a folder that an account holds
    pull_folder_list    the folder list's delta round, and which folders it makes due
    settle              messages that left a folder: where are they now?
    schedule            how soon to look again, and at what first
    notify              keeps accounts subscribed at the provider
    heard               what the provider tells: "look here"
    heart               what a program that was killed had in hand, others go on with
    housekeeping        octets that no message keeps any more
    indexer             keeps the full-text index abreast
    checker             when accounts are compared with their providers message by message
    check_account       one such check: lists, doubts, end
    check_suspects      what seemed to differ, asked for by id, twice
    check_lease         a check's own lease, its pace and its budget of requests
    leased              writes that only the lease's holder may make

    idle ──start──> first ──every folder read to its end──> steady

What is due is a fact in a table. A page and its cursor commit together, so a
crash resumes at the first page not stored. RetryLater and SignInNeeded end a
pull; they become the account's state, never a wait in here.
"""
