-- What was written in answer to a message without a Message-ID names nothing that tells so afterwards. Of those
-- that are there already it is told by what lay in their thread before them.
alter table drafts add column is_answer integer not null default 0;
update drafts set is_answer = 1
where key not like 'others-%' and exists (
    select 1 from messages m
    join messages o on o.account_id = m.account_id and o.thread_id = m.thread_id and o.id < m.id
    where m.account_id = drafts.account_id and m.id = drafts.message_id and o.is_draft = 0);
