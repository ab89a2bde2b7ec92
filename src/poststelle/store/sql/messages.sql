-- Messages, their memberships and threads.

-- name: get_messages
select id, remote_id, thread_id, received_at, sent_at, internet_message_id, subject, preview, addresses,
       has_attachment, size, is_seen, is_flagged, is_draft, is_answered, is_forwarded, importance,
       categories, due_at, keywords, in_reply_to, refs, is_other, event, receipt, header_told
from messages where account_id = :account and id {in_ints :ids}

-- name: get_messages_by_remote
select id, remote_id, thread_id, received_at, sent_at, internet_message_id, subject, preview, addresses,
       has_attachment, size, is_seen, is_flagged, is_draft, is_answered, is_forwarded, importance,
       categories, due_at, keywords, in_reply_to, refs, is_other, event, receipt, header_told
from messages where {key_texts account_id = :account, remote_id in :remote_ids}

-- name: list_ids_by_remote
select id, remote_id from messages where {key_texts account_id = :account, remote_id in :remote_ids}

-- name: list_later_in_thread
select id from messages
where account_id = :account and thread_id = :thread and received_at >= :since and id <> :message
order by received_at desc, id desc limit :limit

-- name: people_in_folder
select m.addresses, m.received_at from folder_messages f
join messages m on m.account_id = f.account_id and m.id = f.message_id
where f.account_id = :account and f.folder_id = :folder
order by f.received_at desc, f.message_id desc limit :limit

-- name: people_of_account
select addresses, received_at from messages where account_id = :account
order by received_at desc, id desc limit :limit

-- name: categories_of_account
select newest.categories from (
    select categories, received_at, id from messages where account_id = :account
    order by received_at desc, id desc limit :limit
) newest
where newest.categories <> '[]'
order by newest.received_at desc, newest.id desc

-- name: insert_message
insert into messages (account_id, id, remote_id, thread_id, received_at, sent_at, internet_message_id, subject,
                      preview, addresses, has_attachment, size, is_seen, is_flagged, is_draft, is_answered,
                      is_forwarded, importance, categories, due_at, attachments_known, keywords, in_reply_to,
                      refs, is_other, event, receipt, header_told)
values (:account_id, :id, :remote_id, :thread_id, :received_at, :sent_at, :internet_message_id, :subject,
        :preview, :addresses, :has_attachment, :size, :is_seen, :is_flagged, :is_draft, :is_answered,
        :is_forwarded, :importance, :categories, :due_at, :attachments_known, :keywords, :in_reply_to, :refs, :is_other,
        :event, :receipt, :header_told)

-- name: update_message
update messages
set thread_id = :thread_id, received_at = :received_at, sent_at = :sent_at,
    internet_message_id = :internet_message_id, subject = :subject, preview = :preview,
    addresses = :addresses, has_attachment = :has_attachment, size = :size, is_seen = :is_seen,
    is_flagged = :is_flagged, is_draft = :is_draft, is_answered = :is_answered,
    is_forwarded = :is_forwarded, importance = :importance, categories = :categories, due_at = :due_at,
    keywords = :keywords, in_reply_to = :in_reply_to, refs = :refs, is_other = :is_other, event = :event,
    receipt = :receipt
where account_id = :account_id and id = :id and remote_id = :remote_id

-- name: note_header
update messages set header_told = :told
where account_id = :account and id = :message and header_told is null

-- name: set_message_remote_id
update messages set remote_id = :remote_id where account_id = :account and id = :message

-- name: delete_messages
delete from messages where account_id = :account and id {in_ints :ids}

-- name: delete_bodies
delete from bodies where account_id = :account and message_id {in_ints :ids}

-- name: delete_attachments
delete from attachments where account_id = :account and message_id {in_ints :ids}

-- name: delete_message_blobs
delete from message_blobs where account_id = :account and message_id {in_ints :ids}

-- name: delete_departures
delete from departures where account_id = :account and message_id {in_ints :ids}

-- name: delete_seen
delete from sweep_seen where account_id = :account and folder_id > 0 and message_id {in_ints :ids}

-- name: delete_ops
delete from writeback_ops where {rows_ints writeback_ops by account_id = :account, message_id in :ids}

-- name: get_memberships
select message_id, folder_id from folder_messages
where account_id = :account and message_id {in_ints :ids}
order by message_id, folder_id

-- name: delete_membership
delete from folder_messages
where account_id = :account_id and folder_id = :folder_id and received_at = :received_at
  and message_id = :message_id

-- name: delete_memberships_of
delete from folder_messages where (account_id, folder_id, received_at, message_id) in (
    select x.account_id, x.folder_id, x.received_at, x.message_id
    from {each_int :ids} j cross join folder_messages x
    where x.account_id = :account and x.message_id = j.value)

-- name: insert_membership
insert into folder_messages (account_id, folder_id, received_at, message_id, thread_id, is_unread, is_flagged)
values (:account_id, :folder_id, :received_at, :message_id, :thread_id, :is_unread, :is_flagged)

-- name: update_membership
update folder_messages set thread_id = :thread_id, is_unread = :is_unread, is_flagged = :is_flagged
where account_id = :account_id and folder_id = :folder_id and received_at = :received_at
  and message_id = :message_id

-- name: list_differing_memberships
select f.folder_id, f.received_at, f.message_id, m.thread_id, 1 - m.is_seen as is_unread, m.is_flagged
from folder_messages f join messages m on m.account_id = f.account_id and m.id = f.message_id
where f.account_id = :account
  and (f.is_unread = m.is_seen or f.is_flagged <> m.is_flagged or f.thread_id <> m.thread_id)

-- name: count_threads_in_folders
select f.folder_id, f.thread_id, count(*) as total,
       cast(sum(case when f.is_unread = 1 and not exists (
           select 1 from messages m where m.account_id = f.account_id and m.id = f.message_id and m.is_draft = 1)
           then 1 else 0 end) as bigint) as unread
from folder_messages f
where f.account_id = :account and f.folder_id {in_ints :folders} and f.thread_id {in_ints :threads}
group by f.folder_id, f.thread_id

-- name: get_threads_by_key
select id, key from threads where {key_texts account_id = :account, key in :keys}

-- name: get_thread_keys
select id, key from threads where account_id = :account and id {in_ints :ids}

-- name: insert_thread
insert into threads (account_id, id, key) values (:account_id, :id, :key)

-- name: delete_threads
delete from threads where account_id = :account and id {in_ints :ids}

-- name: get_thread_names
select name, thread_id from thread_names where {key_texts account_id = :account, name in :names}

-- name: insert_thread_name
insert into thread_names (account_id, name, thread_id) values (:account_id, :name, :thread_id)
on conflict (account_id, name) do nothing

-- name: delete_thread_names
delete from thread_names where account_id = :account and thread_id {in_ints :ids}

-- name: count_threads
select m.thread_id, count(*) as total from messages m
where m.account_id = :account and m.thread_id {in_ints :ids}
  and exists (select 1 from folder_messages f where f.account_id = m.account_id and f.message_id = m.id)
group by m.thread_id

-- name: list_thread_messages
select m.thread_id, m.id from messages m
where m.account_id = :account and m.thread_id {in_ints :ids}
  and exists (select 1 from folder_messages f where f.account_id = m.account_id and f.message_id = m.id)
order by m.thread_id, m.received_at, m.id

-- name: move_body
update bodies set message_id = :new where account_id = :account and message_id = :old

-- name: move_attachments
update attachments set message_id = :new where account_id = :account and message_id = :old

-- name: move_message_blobs
update message_blobs set message_id = :new where account_id = :account and message_id = :old

-- name: list_remote_ids
select id, remote_id from messages where account_id = :account order by id

-- name: list_drafts_at_provider
select remote_id from messages
where account_id = :account and is_draft = 1 and remote_id not like 'local:%' order by id
