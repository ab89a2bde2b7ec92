-- The full-text index's own books: which message is where in it, and what is still to be done.

-- name: get_search_progress
select low, high, indexed from search_progress where account_id = :account

-- name: set_search_progress
insert into search_progress (account_id, low, high, indexed) values (:account, :low, :high, :indexed)
on conflict (account_id) do update set low = :low, high = :high, indexed = :indexed

-- name: note_search_due
insert into search_due (account_id, message_id, version) values (:account_id, :message_id, :version)
on conflict (account_id, message_id) do update set version = :version

-- name: list_search_due
select message_id as id, version from search_due
where account_id = :account and message_id > :low and message_id <= :high
order by message_id desc limit :limit

-- name: forget_search_due
delete from search_due where account_id = :account_id and message_id = :message_id and version = :version

-- name: get_message_bounds
select (select min(id) from messages where account_id = :account) as lowest,
       (select max(id) from messages where account_id = :account) as highest

-- name: list_newer_ids
select id from messages where account_id = :account and id > :high order by id limit :limit

-- name: list_older_ids
select id from messages where account_id = :account and id <= :low order by id desc limit :limit

-- name: list_present_ids
select id from messages where account_id = :account and id {in_ints :ids}

-- name: list_contents
select m.id, m.received_at, m.subject, m.addresses, b.content_type, b.content
from messages m left join bodies b on b.account_id = m.account_id and b.message_id = m.id
where m.account_id = :account and m.id {in_ints :ids}

-- name: list_file_names
select message_id, name from attachments
where account_id = :account and message_id {in_ints :ids} and name <> ''
order by message_id, position

-- name: list_accounts_to_index
select a.id from accounts a left join search_progress p on p.account_id = a.id
where (select max(m.id) from messages m where m.account_id = a.id) > coalesce(p.high, 0)
   or (select min(m.id) from messages m where m.account_id = a.id) <= coalesce(p.low, 0)
   or exists (select 1 from search_due d
              where d.account_id = a.id and d.message_id > p.low and d.message_id <= p.high)

-- name: list_accounts_to_index_of
select a.id from accounts a left join search_progress p on p.account_id = a.id
where a.id {in_ints :accounts}
  and ((select max(m.id) from messages m where m.account_id = a.id) > coalesce(p.high, 0)
       or (select min(m.id) from messages m where m.account_id = a.id) <= coalesce(p.low, 0)
       or exists (select 1 from search_due d
                  where d.account_id = a.id and d.message_id > p.low and d.message_id <= p.high))

-- name: get_documents
select message_id as id, doc from documents where account_id = :account and message_id {in_ints :ids}

-- name: insert_document
insert into documents (doc, account_id, message_id) values (:doc, :account_id, :message_id)

-- name: delete_documents
delete from documents where account_id = :account and doc {in_ints :docs}

-- name: last_documents
select s.value as first,
       (select max(d.doc) from documents d
        where d.account_id = :account and d.doc >= s.value and d.doc < s.value + :room) as last
from {each_int :firsts} s

-- name: note_search_gone
insert into search_gone (account_id) values (:account) on conflict (account_id) do nothing

-- name: list_search_gone
select account_id from search_gone

-- name: list_documents_of
select doc from documents where account_id = :account order by doc limit :limit

-- name: forget_search_gone
delete from search_gone where account_id = :account
