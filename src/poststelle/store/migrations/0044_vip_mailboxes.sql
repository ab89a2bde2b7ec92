-- VIP mailboxes, and who could read which mailbox from when to when.
alter table accounts add column is_vip integer not null default 0;
alter table archives add column was_vip integer not null default 0;

create table assignments (
    account_id bigint not null,
    user_id bigint not null references users (id) on delete cascade,
    since bigint not null,            -- -2^62: since before this was noted
    until bigint not null,            -- 2^62: still
    primary key (account_id, user_id, since)
) {clustered};
create index assignments_by_user on assignments (user_id, account_id);

-- Nobody has noted since when those are assigned who are: they count as if they had always been.
insert into assignments (account_id, user_id, since, until)
select g.account_id, g.user_id, -4611686018427387904, 4611686018427387904
from grants g join users u on u.id = g.user_id where u.is_active = 1;
