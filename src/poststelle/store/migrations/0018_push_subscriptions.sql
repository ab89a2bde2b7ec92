create table push_subscriptions (
    id bigint primary key,
    user_id bigint not null references users (id) on delete cascade,
    login_hash text references logins (token_hash) on delete cascade,
    token_hash text references api_tokens (token_hash) on delete cascade,
    device_client_id text not null,
    sealed {blob} not null,
    types text,
    expires_at bigint not null,
    is_code_sent integer not null default 0,
    is_verified integer not null default 0,
    next_at bigint not null,
    failures integer not null default 0
);
create index push_subscriptions_by_user on push_subscriptions (user_id);
create index push_subscriptions_by_login on push_subscriptions (login_hash);
create index push_subscriptions_by_token on push_subscriptions (token_hash);
create table push_told (
    subscription_id bigint not null references push_subscriptions (id) on delete cascade,
    account_id bigint not null references accounts (id) on delete cascade,
    modseq bigint not null,
    primary key (subscription_id, account_id)
) {clustered};
create index push_told_by_account on push_told (account_id);
