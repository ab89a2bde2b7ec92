-- Activity records: whether a mailbox has them, what waits to become one, and the records.

-- name: get_recording
select is_on, turned_at, keep_months from recordings where account_id = :account

-- name: list_recordings
select account_id, is_on, turned_at, keep_months from recordings order by account_id

-- name: upsert_recording
insert into recordings (account_id, is_on, turned_at) values (:account, :is_on, :at)
on conflict (account_id) do update set is_on = excluded.is_on, turned_at = excluded.turned_at

-- name: set_recording_months
update recordings set keep_months = :months where account_id = :account

-- What came before it was turned on becomes none.

-- name: note_for_activities
insert into activity_due (account_id, message_id, remote_id, thread_id, at, internet_message_id, subject, preview, addresses)
select m.account_id, m.id, m.remote_id, m.thread_id, coalesce(:sent_at, m.received_at), m.internet_message_id,
       m.subject, m.preview, m.addresses
from recordings r join messages m on m.account_id = r.account_id
where r.account_id = :account and r.is_on = 1 and m.id {in_ints :ids}
  and coalesce(:sent_at, m.received_at) >= r.turned_at
on conflict (account_id, message_id) do nothing

-- name: list_activity_due
select account_id, message_id, remote_id, thread_id, at, internet_message_id, subject, preview, addresses
from activity_due order by account_id, message_id limit :limit

-- name: delete_activity_due
delete from activity_due where account_id = :account and message_id {in_ints :ids}

-- name: insert_activity
insert into activities (account_id, message_id, known_as, thread_id, direction, at, subject, preview, words)
values (:account, :message, :known_as, :thread, :direction, :at, :subject, :preview, :words)
on conflict do nothing

-- name: get_activity
select a.account_id, a.message_id, a.thread_id, a.direction, a.at, a.subject, a.preview,
       (select min(f.folder_id) from folder_messages f
        where f.account_id = a.account_id and f.message_id = a.message_id) as folder_id
from activities a where a.account_id = :account and a.message_id = :message

-- name: insert_activity_contact
insert into activity_contacts (account_id, message_id, email_key, name, email)
values (:account, :message, :email_key, :name, :email)

-- Newest first. folder_id: one in which the message still is.

-- name: find_activities
select a.account_id, a.message_id, a.thread_id, a.direction, a.at, a.subject, a.preview,
       (select min(f.folder_id) from folder_messages f
        where f.account_id = :of and f.message_id = a.message_id) as folder_id
from activities a
where a.account_id = :of and (a.at, a.account_id, a.message_id) < (:at, :account, :message)
  and a.at >= :since and (:direction = '' or a.direction = :direction)
  and a.words like :word1 and a.words like :word2 and a.words like :word3 and a.words like :word4
  and (:email = '' or exists (
    select 1 from activity_contacts c
    where c.account_id = :of and c.email_key = :email and c.message_id = a.message_id))
order by a.at desc, a.message_id desc limit :limit

-- name: list_activity_contacts
select message_id, name, email from activity_contacts where account_id = :account and message_id {in_ints :ids}
order by message_id, email_key

-- Records that go, because their time is over or because somebody is to be forgotten.

-- name: list_activities_before
select message_id, known_as from activities where account_id = :account and at < :before
order by at, message_id limit :limit

-- name: count_activities_before
select count(*) as total from activities where account_id = :account and at < :before

-- name: list_activities_of_contact
select a.message_id, a.known_as,
       exists (select 1 from activity_contacts o
               where o.account_id = a.account_id and o.message_id = a.message_id
                 and o.email_key <> c.email_key) as has_others
from activity_contacts c
join activities a on a.account_id = c.account_id and a.message_id = c.message_id
where c.account_id = :account and c.email_key = :email_key
order by c.message_id limit :limit

-- name: delete_activities
delete from activities where account_id = :account and message_id {in_ints :ids}

-- name: delete_activity_contact
delete from activity_contacts
where account_id = :account and email_key = :email_key and message_id = :message

-- name: set_activity_words
update activities set words = :words where account_id = :account and message_id = :message

-- name: insert_activity_erasure
insert into activity_erasures (account_id, known_hash) values (:account, :known_hash) on conflict do nothing

-- name: get_activity_erasure
select 1 as found from activity_erasures where account_id = :account and known_hash = :known_hash
