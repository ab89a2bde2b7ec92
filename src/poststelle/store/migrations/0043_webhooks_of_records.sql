-- Programs that are told of activity records, how long records are kept, and which were erased.
alter table recordings add column keep_months integer;

-- Messages whose record was erased: they become none again when they are met anew. No name, no address.
create table activity_erasures (
    account_id bigint not null references accounts (id) on delete cascade,
    known_hash text not null,         -- SHA-256 of what the record was known as
    primary key (account_id, known_hash)
) {clustered};

-- Programs of the operator's that are told of activity records.
create table webhooks (
    id bigint primary key,
    account_id bigint references accounts (id) on delete cascade,   -- null: of all mailboxes
    name text not null,
    name_key text not null unique,
    sealed {blob} not null,           -- its address and secrets, with row identity
    created_at bigint not null,
    failures integer not null default 0,  -- in a row
    next_at bigint not null default 0,    -- nothing is sent before
    failing_since bigint,             -- nothing was taken since; null: the last was
    taken_at bigint,                  -- when the last was
    problem text,                     -- why the last was not
    paused_at bigint,
    is_given_up integer not null default 0    -- paused because nothing was taken for days
);
create index webhooks_by_account on webhooks (account_id);

-- What webhooks are to be told, and what became of it: written with the record, kept for a while.
create table webhook_deliveries (
    id bigint primary key,            -- in the order of what happened
    webhook_id bigint not null references webhooks (id) on delete cascade,
    event text not null,              -- the id by which the receiver knows it again
    kind text not null,               -- created, changed, erased
    account_id bigint not null,       -- which record; it may have gone with its mailbox
    message_id bigint not null,
    state text not null default 'waiting',    -- waiting, taken, refused, dropped
    due_at bigint not null default 0,
    claimed_until bigint not null default 0,
    attempts integer not null default 0,
    failed_since bigint,              -- when it was not taken for the first time
    tried_at bigint,
    answer text,                      -- of the last attempt: status, or the name of an error
    ended_at bigint
);
create index webhook_deliveries_due on webhook_deliveries (webhook_id, due_at, id) where state = 'waiting';
create index webhook_deliveries_tried on webhook_deliveries (webhook_id, tried_at, id);
create index webhook_deliveries_waiting on webhook_deliveries (account_id, message_id) where state = 'waiting';
create index webhook_deliveries_refused on webhook_deliveries (webhook_id, ended_at) where state = 'refused';
create index webhook_deliveries_ended on webhook_deliveries (ended_at);

-- What goes one after the other: all that waits in a lane, a contact's or a record's, by number.
create table webhook_lanes (
    webhook_id bigint not null,
    lane text not null,
    delivery_id bigint not null references webhook_deliveries (id) on delete cascade,
    primary key (webhook_id, lane, delivery_id)
) {clustered};
create index webhook_lanes_by_delivery on webhook_lanes (delivery_id);
