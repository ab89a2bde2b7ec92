-- Each entry's hash covers the one before it. What was noted until now is kept as it is, outside the chains.
create table audit_chains (
    chain bigint primary key,
    length bigint not null,
    hash {blob},
    base bigint not null default 0,
    base_hash {blob},
    anchored bigint not null default 0,
    anchor {blob}
);
create table chained_audit (
    chain bigint not null,
    number bigint not null,
    at bigint not null,
    user_id bigint,
    user_name text,
    user_login text,
    action text not null,
    subject text not null default '',
    detail text not null default '{}',
    salt {blob},
    said {blob},
    hash {blob},
    primary key (chain, number)
) {clustered};
insert into chained_audit (chain, number, at, user_id, user_name, user_login, action, subject, detail)
select coalesce(account_id, 0), row_number() over (partition by coalesce(account_id, 0) order by id),
       at, user_id, user_name, user_login, action, subject, detail
from audit;
insert into audit_chains (chain, length) select chain, count(*) from chained_audit group by chain;
drop table audit;
alter table chained_audit rename to audit;
create index audit_by_time on audit (at, chain, number);
create index audit_by_user on audit (user_id, at, chain, number);
create table audit_messages (
    account_id bigint not null,
    message_id bigint not null,
    number bigint not null,
    primary key (account_id, message_id, number)
) {clustered};
delete from sequences where name = 'audit';
