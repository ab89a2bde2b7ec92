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
-- Groups of users. A grant is the highest of what a user was given (own_level) and what their groups were.
create table teams (
    id bigint primary key,
    name text not null,
    name_key text not null unique,
    created_at bigint not null
);
create table team_members (
    team_id bigint not null references teams (id) on delete cascade,
    user_id bigint not null references users (id) on delete cascade,
    primary key (team_id, user_id)
) {clustered};
create index team_members_by_user on team_members (user_id, team_id);
create table team_grants (
    account_id bigint not null references accounts (id) on delete cascade,
    team_id bigint not null references teams (id) on delete cascade,
    level integer not null,
    primary key (account_id, team_id)
) {clustered};
create index team_grants_by_team on team_grants (team_id, account_id);
alter table grants add column own_level integer;
update grants set own_level = level;
