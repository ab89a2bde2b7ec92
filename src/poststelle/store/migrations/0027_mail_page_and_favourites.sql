-- How a person's mail page looks, and the folders they want at hand.
alter table users add column mail_page text;

create table favourites (
    user_id bigint not null references users (id) on delete cascade,
    account_id bigint not null,
    folder_id bigint not null,
    place integer not null,
    primary key (user_id, account_id, folder_id),
    foreign key (account_id, folder_id) references folders (account_id, id) on delete cascade
) {clustered};
create index favourites_by_folder on favourites (account_id, folder_id);
