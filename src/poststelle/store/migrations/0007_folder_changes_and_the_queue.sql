alter table folders add column is_new integer not null default 0;
alter table folders add column confirmed_modseq bigint not null default 0;
alter table writeback_ops add column target_folder bigint;
alter table writeback_ops add column source_folder bigint;
alter table writeback_ops add column problem text;
alter table writeback_ops add column own_failures integer not null default 0;
alter table notices add column folder text;

create table folder_ops (
    account_id bigint not null references accounts (id) on delete cascade,
    id bigint not null,
    folder_id bigint not null,
    remote_id text not null,
    name text not null,
    kind text not null,
    payload text not null,
    undo text not null,
    attempts integer not null default 0,
    own_failures integer not null default 0,
    problem text,
    is_in_flight integer not null default 0,
    holder text,
    claimed_until bigint,
    due_at bigint not null,
    created_at bigint not null,
    created_by bigint,
    primary key (account_id, id)
) {clustered};
create index folder_ops_due on folder_ops (due_at);
