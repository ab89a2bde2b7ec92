create table share_notifications (
    account_id bigint not null references accounts (id) on delete cascade,
    id bigint not null,
    user_id bigint not null references users (id) on delete cascade,
    created_at bigint not null,
    changed_by bigint,
    changed_by_name text not null,
    about_account bigint not null,
    about_folder bigint,
    is_internal integer not null,
    name text not null,
    old_level integer,
    new_level integer,
    destroyed_at bigint,
    primary key (account_id, id)
) {clustered};
create index share_notifications_by_user on share_notifications (user_id, account_id);
