create table documents (
    doc bigint not null primary key,
    account_id bigint not null,
    message_id bigint not null
) {clustered};
create unique index documents_by_message on documents (account_id, message_id);
create table search_progress (
    account_id bigint not null primary key references accounts (id) on delete cascade,
    low bigint not null,
    high bigint not null,
    indexed bigint not null
) {clustered};
create table search_due (
    account_id bigint not null references accounts (id) on delete cascade,
    message_id bigint not null,
    version integer not null default 1,
    primary key (account_id, message_id)
) {clustered};
create table search_gone (
    account_id bigint not null primary key
) {clustered};
insert into search_progress (account_id, low, high, indexed)
select id, next_id - 1, next_id - 1, 0 from accounts;
{message_words}
