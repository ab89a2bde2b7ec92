create table api_tokens (
    id bigint primary key,
    user_id bigint not null references users (id) on delete cascade,
    token_hash text not null unique,
    name text not null,
    level integer not null,
    is_for_all integer not null,
    created_at bigint not null,
    expires_at bigint,
    last_used_at bigint
);
create index api_tokens_by_user on api_tokens (user_id);
create table api_token_accounts (
    token_id bigint not null references api_tokens (id) on delete cascade,
    account_id bigint not null references accounts (id) on delete cascade,
    primary key (token_id, account_id)
) {clustered};
create index api_token_accounts_by_account on api_token_accounts (account_id);
