-- Uploads, drafts and how far their attachments are.

-- name: insert_upload
insert into uploads (account_id, id, user_id, sha256, size, content_type, created_at)
values (:account, :upload, :user, :sha256, :size, :content_type, :at)

-- name: get_uploads
select id, user_id, sha256, size, content_type from uploads
where account_id = :account and id {in_ints :uploads} and user_id = :user and created_at > :since

-- name: sum_unnamed_uploads
select count(*) as total, cast(coalesce(sum(size), 0) as bigint) as octets from uploads
where user_id = :user and is_used = 0

-- name: sum_unused_uploads
select u.account_id, count(*) as total, cast(sum(u.size) as bigint) as octets from uploads u
where u.user_id = :user and u.is_used = 0 and not exists (select 1 from message_blobs b where b.sha256 = u.sha256)
group by u.account_id

-- name: set_uploads_used
update uploads set is_used = 1 where account_id = :account and id {in_ints :ids}

-- name: note_old_uploads_loose
insert into loose_blobs (sha256) select distinct sha256 from uploads where created_at <= :before
on conflict (sha256) do nothing

-- name: delete_old_uploads
delete from uploads where created_at <= :before

-- name: insert_draft
insert into drafts (account_id, message_id, key, internet_message_id, in_reply_to, refs, step, is_answer)
values (:account, :message, :key, :internet_message_id, :in_reply_to, :refs, 'new', :is_answer)

-- let company: exists (select 1 from messages o where o.account_id = m.account_id and o.thread_id = m.thread_id and o.id <> m.id)

-- name: get_drafts
select d.*, t.key as thread_key, {company} as has_company from drafts d
left join messages m on m.account_id = d.account_id and m.id = d.message_id
left join threads t on t.account_id = m.account_id and t.id = m.thread_id
where d.account_id = :account and d.message_id {in_ints :ids}

-- name: list_drafts_by_message_id
select d.*, m.remote_id, t.key as thread_key, {company} as has_company from drafts d
join messages m on m.account_id = d.account_id and m.id = d.message_id
left join threads t on t.account_id = m.account_id and t.id = m.thread_id
where {key_texts d.account_id = :account, d.internet_message_id in :names}

-- name: any_draft
select message_id from drafts where account_id = :account limit 1

-- name: set_draft_step
update drafts set step = :step, problem = :problem where account_id = :account and message_id = :message

-- name: set_draft_name
update drafts set internet_message_id = :internet_message_id, has_namesake = 0 where account_id = :account and message_id = :message

-- name: note_namesake
update drafts set has_namesake = 1
where account_id = :account and internet_message_id = :name and has_namesake = 0 and not exists (
    select 1 from messages m
    where m.account_id = drafts.account_id and m.id = drafts.message_id and m.remote_id = :other)

-- name: set_draft_has_namesake
update drafts set has_namesake = 1 where account_id = :account and message_id = :message

-- name: set_draft_told
update drafts set told = :told where account_id = :account and message_id = :message

-- name: move_draft
update drafts set message_id = :new where account_id = :account and message_id = :old

-- name: move_draft_parts
update draft_parts set message_id = :new where account_id = :account and message_id = :old

-- name: move_submissions
update submissions set message_id = :new, thread_id = :thread
where {rows_ints submissions by account_id = :account, message_id in :old} and state in ('pending', 'sending')

-- name: list_moved_submissions
select id from submissions
where {rows_ints submissions by account_id = :account, message_id in :messages} and state in ('pending', 'sending')

-- name: delete_drafts
delete from drafts where account_id = :account and message_id {in_ints :ids}

-- name: delete_draft_parts
delete from draft_parts where account_id = :account and message_id {in_ints :ids}

-- name: delete_bounces
delete from bounces where account_id = :account and message_id {in_ints :ids}

-- name: insert_draft_part
insert into draft_parts (account_id, message_id, position) values (:account_id, :message_id, :position)

-- name: list_draft_parts
select position, is_done, upload_url, expires_at, sent from draft_parts
where account_id = :account and message_id = :message order by position

-- name: set_draft_part
update draft_parts set is_done = :is_done, upload_url = :upload_url, expires_at = :expires_at, sent = :sent
where account_id = :account and message_id = :message and position = :position

-- name: reset_draft_parts
update draft_parts set is_done = 0, upload_url = null, expires_at = null, sent = 0
where account_id = :account and message_id = :message

-- name: get_upload_progress
select cast(coalesce(sum(a.size), 0) as bigint) as total,
       cast(coalesce(sum(case when p.is_done = 1 then a.size else p.sent end), 0) as bigint) as sent
from draft_parts p join attachments a
  on a.account_id = p.account_id and a.message_id = p.message_id and a.position = p.position
where p.account_id = :account and p.message_id = :message

-- The plus: SQLite would read all rows for their order instead of looking up those that are due.
-- name: list_claimable_drafts
select o.*, m.remote_id, coalesce(t.remote_id, (
           select g.remote_id from folder_ops g where g.account_id = o.account_id
           and g.folder_id = o.target_folder and g.kind = 'destroy_folder')) as target_remote_id
from (
    select c.account_id, c.id, c.due_at, row_number() over (partition by +c.account_id order by c.due_at, c.id) as place
    from writeback_ops c join accounts a on a.id = c.account_id
    left join folders f on f.account_id = c.account_id and f.id = c.target_folder
    where c.kind = 'create' and c.due_at <= :now and (c.is_in_flight = 0 or c.claimed_until <= :now)
      and a.state = 'connected' and (f.is_new is null or f.is_new = 0)) d
join writeback_ops o on o.account_id = d.account_id and o.id = d.id
join messages m on m.account_id = o.account_id and m.id = o.message_id
left join folders t on t.account_id = o.account_id and t.id = o.target_folder
where d.place <= :each order by d.place, d.due_at, d.id limit :limit

-- name: set_attachment_remote_id
update attachments set remote_id = :remote_id
where account_id = :account_id and message_id = :message_id and position = :position

-- name: note_loose_mime
insert into loose_blobs (sha256)
select sha256 from message_blobs where account_id = :account and message_id = :message and name in ('mime', 'head')
on conflict (sha256) do nothing

-- name: delete_mime
delete from message_blobs where account_id = :account and message_id = :message and name in ('mime', 'head')

-- name: begin_op
update writeback_ops set due_at = :due_at where account_id = :account and id = :op

-- name: bring_op_forward
update writeback_ops set due_at = :now
where {rows_ints writeback_ops by account_id = :account, message_id in :messages} and kind = 'create' and due_at > :now

-- name: find_recent_message
select r.id, r.thread_id from (
    select id, thread_id, internet_message_id, received_at from messages
    where account_id = :account order by received_at desc, id desc limit :among) r
where r.internet_message_id {in_texts :names}
order by r.received_at desc, r.id desc limit 1

-- name: list_recent_namesakes
select r.id from (
    select id, internet_message_id from messages
    where account_id = :account order by received_at desc, id desc limit :among) r
where r.internet_message_id = :name and r.id <> :message limit :most

-- name: rekey_thread
update threads set key = :key where account_id = :account and id = :thread and key like 'message:%'
  and not exists (select 1 from threads t where t.account_id = :account and t.key = :key)
