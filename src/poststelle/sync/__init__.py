"""Pulling: when an account is looked at, and in what order its folders are read.

    engine.SyncEngine   claims accounts that are due, keeps hints (wake, look here)
    pull_account        one pull: first contact, folder list, due folders, departures, attachments
    pull_folder         one folder's delta round, page by page
    completed           what a page only hints at: unknown messages that left, fragments of unknown ones
    pull_folder_list    the folder list's delta round, and which folders it makes due
    settle              messages that left a folder: where are they now?
    schedule            how soon to look again, and at what first
    notify              keeps accounts subscribed at the provider
    heard               what the provider tells: "look here"
    housekeeping        octets that no message keeps any more
    leased              writes that only the lease's holder may make

    idle ──start──> first ──every folder read to its end──> steady

What is due is a fact in a table. A page and its cursor commit together, so a
crash resumes at the first page not stored. RetryLater and SignInNeeded end a
pull; they become the account's state, never a wait in here.
"""
