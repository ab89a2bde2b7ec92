-- Whether a user wants to see a folder, where they have said so.
create table folder_wishes (
    user_id bigint not null references users (id) on delete cascade,
    account_id bigint not null,
    folder_id bigint not null,
    is_subscribed integer not null,
    primary key (user_id, account_id, folder_id),
    foreign key (account_id, folder_id) references folders (account_id, id) on delete cascade
) {clustered};
create index folder_wishes_by_folder on folder_wishes (account_id, folder_id);
