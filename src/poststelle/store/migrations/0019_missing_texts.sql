create table missing_texts (
    account_id bigint not null references accounts (id) on delete cascade,
    message_id bigint not null,
    again_at bigint not null default 0,  -- not to be asked for before then
    primary key (account_id, message_id)
) {clustered};
insert into missing_texts (account_id, message_id)
select m.account_id, m.id from messages m join accounts a on a.id = m.account_id
where a.type = 'graph'
  and not exists (select 1 from bodies b where b.account_id = m.account_id and b.message_id = m.id);
