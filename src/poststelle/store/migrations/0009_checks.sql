alter table folders add column beyond integer not null default 0;
alter table folders add column beyond_unread integer not null default 0;

-- Checks: the mirror compared with the provider message by message. Kept 90 days.
create table checks (
    account_id bigint not null references accounts (id) on delete cascade,
    id bigint not null,
    reason text not null,             -- asked, nightly, counters
    asked_by bigint,
    state text not null,              -- waiting, running, done
    asked_at bigint not null,
    due_at bigint not null,           -- when it begins or goes on
    started_at bigint,
    ended_at bigint,
    compared integer not null default 0,   -- messages found at the provider
    folders_left integer not null default 0,  -- not compared: they are still being read
    requests integer not null default 0,
    missing integer not null default 0,
    extra integer not null default 0,
    misplaced integer not null default 0,
    flags integer not null default 0,
    unreadable integer not null default 0,
    undecided integer not null default 0,
    repaired integer not null default 0,
    failures integer not null default 0,
    problem text,                     -- the provider's code for what it waits for
    holder text,                      -- the lease on carrying it out
    lease_until bigint,
    fence bigint not null default 0,
    primary key (account_id, id)
) {clustered};
create index checks_open on checks (due_at) where state <> 'done';

-- How far a check is: the folders it compares; those behind it keep what was counted.
create table check_folders (
    account_id bigint not null references accounts (id) on delete cascade,
    folder_id bigint not null,
    is_done integer not null default 0,
    is_listed integer not null default 0,  -- 1: to its end; 0: not yet, or it is gone
    cursor text,
    restarts integer not null default 0,
    newest_id bigint not null default 0,   -- ids above it came here after the list was begun
    listed integer not null default 0,
    listed_unread integer not null default 0,
    unreadable integer not null default 0, -- places that were stepped over
    remote_total integer not null default 0,  -- the provider's counters when the list was begun
    remote_unread integer not null default 0,
    primary key (account_id, folder_id)
) {clustered};

-- Messages that a check has met in the folder it is listing.
create table check_seen (
    account_id bigint not null references accounts (id) on delete cascade,
    folder_id bigint not null,
    message_id bigint not null,
    primary key (account_id, folder_id, message_id)
) {clustered};

-- What seemed to differ: asked for by id twice before it counts.
create table check_suspects (
    account_id bigint not null references accounts (id) on delete cascade,
    remote_id text not null,
    folder_id bigint not null,
    is_unknown integer not null,      -- 1: listed by the provider and not held by us
    told text,                        -- what the provider said of it by id; null: not asked yet
    due_at bigint not null,
    tries integer not null default 0,
    primary key (account_id, remote_id)
) {clustered};

-- The single differences of an account's last checks.
create table check_findings (
    account_id bigint not null references accounts (id) on delete cascade,
    check_id bigint not null,
    id bigint not null,
    kind text not null,               -- missing, extra, misplaced, flags, unreadable, undecided
    remote_id text,                   -- null: only its place is known
    message_id bigint,
    folder text not null,
    subject text not null,
    number integer not null default 1,  -- of how many messages it speaks
    is_repaired integer not null,
    primary key (account_id, check_id, id)
) {clustered};
