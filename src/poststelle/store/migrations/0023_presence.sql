create table presences (
    account_id bigint not null references accounts (id) on delete cascade,
    user_id bigint not null,
    login_key text not null,
    client text not null,
    message_id bigint not null,
    is_answering integer not null,
    since bigint not null,
    ends_at bigint not null,
    primary key (account_id, user_id, login_key, client, message_id)
) {clustered};
alter table users add column shows_reading integer not null default 1;
