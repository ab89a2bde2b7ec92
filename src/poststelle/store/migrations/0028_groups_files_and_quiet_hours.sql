-- Templates with recipients and files, groups of recipients, and hours in which nobody is notified.
alter table boilerplate add column recipients text;
create table boilerplate_files (
    boilerplate_id bigint not null references boilerplate (id) on delete cascade,
    id bigint not null,
    name text not null,
    content_type text not null,
    sha256 text not null,
    size bigint not null,
    primary key (boilerplate_id, id)
) {clustered};
create index boilerplate_files_by_hash on boilerplate_files (sha256);
create table recipient_groups (
    id bigint primary key,
    user_id bigint references users (id) on delete cascade,
    account_id bigint references accounts (id) on delete cascade,
    name text not null,
    members text not null
);
create index recipient_groups_by_user on recipient_groups (user_id);
create index recipient_groups_by_account on recipient_groups (account_id);
alter table users add column quiet_hours text;
alter table users add column paused_until bigint;
alter table push_subscriptions add column held_until bigint;
