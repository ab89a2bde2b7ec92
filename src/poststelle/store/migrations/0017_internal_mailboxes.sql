alter table messages add column keywords text not null default '[]';
alter table messages add column in_reply_to text;
alter table messages add column refs text;
create table thread_names (
    account_id bigint not null references accounts (id) on delete cascade,
    name text not null,
    thread_id bigint not null,
    primary key (account_id, name)
) {clustered};
create index thread_names_by_thread on thread_names (account_id, thread_id);
alter table uploads add column is_used integer not null default 0;
create index uploads_unused on uploads (user_id) where is_used = 0;
