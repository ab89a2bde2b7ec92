-- Senders whose pictures from outside a user wants to see without being asked.
create table picture_senders (
    user_id bigint not null references users (id) on delete cascade,
    address_key text not null,
    address text not null,
    allowed_at bigint not null,
    primary key (user_id, address_key)
) {clustered};
