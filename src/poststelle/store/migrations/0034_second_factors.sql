-- A user's app for one-time codes (RFC 6238).
create table code_apps (
    user_id bigint primary key references users (id) on delete cascade,
    sealed {blob} not null,
    used_step bigint not null,
    created_at bigint not null
);
create table recovery_codes (
    user_id bigint not null references users (id) on delete cascade,
    code_hash text not null,
    primary key (user_id, code_hash)
) {clustered};
create table passkeys (
    id bigint primary key,
    user_id bigint not null references users (id) on delete cascade,
    credential_id text not null unique,
    public_key {blob} not null,
    sign_count bigint not null,
    transports text not null,
    name text not null,
    created_at bigint not null,
    last_used_at bigint
);
create index passkeys_by_user on passkeys (user_id);
-- What was begun and a second request completes: a login that waits for its second factor, a challenge.
create table ceremonies (
    token_hash text primary key,
    user_id bigint references users (id) on delete cascade,
    purpose text not null,
    sealed {blob} not null,
    expires_at bigint not null
);
create index ceremonies_by_user on ceremonies (user_id);
