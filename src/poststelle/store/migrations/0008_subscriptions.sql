create table subscriptions (
    account_id bigint primary key references accounts (id) on delete cascade,
    remote_id text unique,
    secret_hash text not null default '',
    url text not null default '',
    expires_at bigint,
    renewed_at bigint,
    due_at bigint not null,
    failures integer not null default 0,
    problem text,
    claimed_until bigint,
    fence bigint not null default 0
);
alter table sync_states add column poll_ms bigint;
