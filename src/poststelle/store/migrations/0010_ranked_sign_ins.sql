alter table accounts add column is_shared integer not null default 0;
alter table sign_ins add column kind text not null default 'own';
alter table sign_ins add column lost_at bigint;
alter table sign_ins add column renew_at bigint not null default 0;
create index sign_ins_due on sign_ins (renew_at);

-- What was lost before there were ranks is lost in the list, too.
update sign_ins set state = 'lost',
    state_reason = (select a.state_reason from accounts a where a.id = sign_ins.account_id),
    lost_at = refreshed_at
where account_id in (select id from accounts where state = 'sign_in_needed');

create table app_troubles (
    client_id text primary key,
    code text not null,
    at bigint not null
);
