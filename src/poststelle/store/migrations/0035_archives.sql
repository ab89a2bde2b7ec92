-- What a mailbox's messages are kept in for good: one chain for each, beside the audit trail's. No foreign keys: an
-- archive stays when its mailbox is deleted here.
create table archives (
    account_id bigint primary key,
    address text not null,            -- as it was last
    is_on integer not null,
    turned_at bigint not null,        -- when it was turned on or off
    keep_months integer,              -- null: for ever
    length bigint not null default 0, -- the newest entry's number
    hash {blob},                      -- the newest entry's
    base bigint not null default 0,   -- the newest number that was removed when its time was over
    base_hash {blob},                 -- of the entry of that number
    anchor {blob},                    -- number and hash of the newest entry, sealed with row identity
    messages bigint not null default 0,   -- how many it holds, with how many octets
    octets bigint not null default 0,
    fill_below bigint,                -- messages of before, with ids below, are still to be noted; null: none are
    fill_total bigint not null default 0,
    fill_passed bigint not null default 0,
    attempts integer not null default 0,  -- that failed in a row, over everything and not over one message
    rest_until bigint not null default 0,
    problem text                      -- the provider's code for that
) {clustered};

create table archive_entries (
    account_id bigint not null,
    number bigint not null,           -- from 1 on, without gaps
    archived_at bigint not null,
    kind text not null,               -- message, text, on, off, pruned
    remote_id text,                   -- which message; null: it is about the archive itself
    at bigint not null,               -- when the message arrived
    direction text,                   -- in, out
    sender text,                      -- JSON [[name, email]]
    recipients text,                  -- JSON [[name, email]]
    subject text,
    internet_message_id text,
    sha256 text,                      -- of its octets, which lie in the blob directory
    size bigint,
    detail text not null default '{}',
    words text not null default '',   -- of subject and people, folded, to find it by
    hash {blob} not null,             -- of the entry before and of all of this
    primary key (account_id, number)
) {clustered};
create unique index archive_entries_by_message on archive_entries (account_id, remote_id);
create index archive_entries_by_time on archive_entries (account_id, at, number);
create index archive_entries_by_hash on archive_entries (sha256);

-- Messages that are still to be put in. What is known of one is kept here, from its remote_id on, when it goes before.
create table archive_due (
    account_id bigint not null,
    message_id bigint not null,
    is_old integer not null default 0,    -- it was here when the archive began: after those that arrive
    attempts integer not null default 0,
    due_at bigint not null default 0,
    problem text,                     -- the provider's code for the last attempt
    remote_id text,
    received_at bigint,
    internet_message_id text,
    subject text,
    addresses text,
    content_type text,
    content {blob},
    sha256 text,
    size bigint,
    primary key (account_id, message_id)
) {clustered};
create index archive_due_in_turn on archive_due (account_id, is_old, due_at, message_id);
create index archive_due_by_hash on archive_due (sha256);
