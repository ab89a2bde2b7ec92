alter table folders add column failures integer not null default 0;
alter table folders add column problem text;
alter table writeback_ops add column holder text;
alter table writeback_ops add column claimed_until bigint;
alter table writeback_ops add column is_contested integer not null default 0;

create table confirmations (
    account_id bigint not null references accounts (id) on delete cascade,
    op_id bigint not null,
    remote_id text not null,
    kind text not null,
    fields text not null,
    modseq bigint not null,
    at bigint not null,
    primary key (account_id, op_id)
) {clustered};

create table loose_blobs (
    sha256 text primary key
) {clustered};
