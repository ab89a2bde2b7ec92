-- A link by which a user chooses a first password. One for each user at a time.
create table invitations (
    user_id bigint primary key references users (id) on delete cascade,
    token_hash text not null unique,
    created_at bigint not null,
    created_by bigint,
    expires_at bigint not null
);
-- Who a user is where people sign on for many programs at once (OpenID Connect).
create table identities (
    issuer text not null,
    subject text not null,
    user_id bigint not null references users (id) on delete cascade,
    created_at bigint not null,
    primary key (issuer, subject)
) {clustered};
create index identities_by_user on identities (user_id);
