-- The change log, departures, bodies and attachments.

-- name: latest_change
select modseq from changes where account_id = :account and type = :type order by modseq desc limit 1

-- name: latest_delivery
select modseq from changes
where account_id = :account and type = 'Email' and modseq > :modseq and op = 'created'
order by modseq desc limit 1

-- name: latest_arrival
select c.modseq
from changes c
join messages m on m.account_id = c.account_id and m.id = c.object_id
join folder_messages i on i.account_id = c.account_id and i.message_id = c.object_id
join folders f on f.account_id = i.account_id and f.id = i.folder_id
where c.account_id = :account and c.type = 'Email' and c.modseq > :modseq and c.op = 'created'
  and f.role = 'inbox' and m.is_seen = 0 and m.is_draft = 0 and (:is_focused = 0 or m.is_other = 0)
order by c.modseq desc limit 1

-- name: list_changes
select modseq, object_id, op from changes
where account_id = :account and type = :type and modseq > :modseq
order by modseq limit :limit

-- name: list_latest_changes_of
select object_id, max(modseq) as modseq, max(at) as at from changes
where account_id = :account and type = :type and modseq > :modseq and object_id {in_ints :ids}
group by object_id

-- name: list_confirmed_at
select remote_id, max(at) as at from confirmations
where account_id = :account and at >= :since and remote_id {in_texts :remote_ids}
group by remote_id

-- name: list_oldest_changes
select modseq, at from changes where account_id = :account and type = :type and modseq < :newest
order by modseq limit :limit

-- Two entries of each account's log, not the log: as values of a column they can only be looked up by the key.
-- The newest stays, so one that is alone is not old.
-- name: list_oldest_of_logs
select a.id as account_id,
       (select o.at from changes o where o.account_id = a.id and o.type = :type order by o.modseq limit 1) as at,
       (select 1 from changes n where n.account_id = a.id and n.type = :type
        order by n.modseq limit 1 offset 1) as has_newer
from accounts a where a.id > :after order by a.id limit :limit

-- name: forget_changes
delete from changes where account_id = :account and type = :type and modseq <= :upto

-- name: raise_forgotten_modseq
update accounts set forgotten_modseq = :upto where id = :account and forgotten_modseq < :upto

-- name: get_account_epoch
select epoch, modseq, forgotten_modseq from accounts where id = :account

-- name: insert_departure
insert into departures (account_id, message_id, folder_id, at) values (:account_id, :message_id, :folder_id, :at)
on conflict (account_id, message_id) do nothing

-- name: insert_departures_of_folder
insert into departures (account_id, message_id, folder_id, at)
select account_id, message_id, folder_id, :at from folder_messages
where account_id = :account and folder_id = :folder
on conflict (account_id, message_id) do nothing

-- name: move_departure
update departures set message_id = :new where account_id = :account and message_id = :old

-- name: list_departures
select d.message_id, d.folder_id, m.remote_id
from departures d cross join messages m  -- in this order: SQLite would begin with all of the account's messages
where d.account_id = :account and m.account_id = d.account_id and m.id = d.message_id
  and m.remote_id not like 'local:%'
order by d.at, d.message_id limit :limit

-- name: list_still_departed
select message_id from departures where account_id = :account and message_id {in_ints :ids}

-- name: get_bodies
select message_id, content_type, content from bodies where account_id = :account and message_id {in_ints :ids}

-- name: insert_body
insert into bodies (account_id, message_id, content_type, content)
values (:account_id, :message_id, :content_type, :content)

-- name: upsert_body
insert into bodies (account_id, message_id, content_type, content)
values (:account_id, :message_id, :content_type, :content)
on conflict (account_id, message_id) do update
set content_type = excluded.content_type, content = excluded.content

-- name: get_attachments_known
select id, attachments_known from messages where account_id = :account and id {in_ints :ids}

-- name: get_attachments
select message_id, position, remote_id, name, content_type, size, content_id, is_inline, kind
from attachments where account_id = :account and message_id {in_ints :ids}
order by message_id, position

-- name: count_attachments
select message_id, count(*) as listed
from attachments where account_id = :account and message_id {in_ints :ids}
group by message_id

-- name: insert_attachment
insert into attachments (account_id, message_id, position, remote_id, name, content_type, size, content_id,
                         is_inline, kind)
values (:account_id, :message_id, :position, :remote_id, :name, :content_type, :size, :content_id,
        :is_inline, :kind)

-- name: set_attachment_size
update attachments set size = :size
where account_id = :account and message_id = :message and position = :position and size <> :size

-- name: set_attachments_known
update messages set attachments_known = :known, list_again_at = 0
where account_id = :account and id {in_ints :ids}

-- name: put_off_attachments
update messages set list_again_at = :at where account_id = :account and id {in_ints :ids}

-- name: list_attachments_unknown
select id, remote_id from messages
where account_id = :account and attachments_known = 0 and list_again_at <= :now
order by received_at desc, id desc limit :limit

-- name: insert_missing_text
insert into missing_texts (account_id, message_id) values (:account_id, :message_id)
on conflict (account_id, message_id) do nothing

-- name: list_missing_texts
select t.message_id as id, m.remote_id
from missing_texts t cross join messages m
where t.account_id = :account and t.again_at <= :now and m.account_id = t.account_id and m.id = t.message_id
order by t.message_id desc limit :limit

-- name: list_missing_texts_up_to
select t.message_id as id, m.remote_id
from missing_texts t cross join messages m
where t.account_id = :account and t.message_id <= :message and m.account_id = t.account_id and m.id = t.message_id
order by t.message_id desc limit :limit

-- name: list_still_missing_texts
select message_id from missing_texts where account_id = :account and message_id {in_ints :ids}

-- name: note_missing_texts
insert into missing_texts (account_id, message_id)
select m.account_id, m.id from messages m
where m.account_id = :account and m.remote_id not like 'local:%'
  and not exists (select 1 from bodies b where b.account_id = m.account_id and b.message_id = m.id)
on conflict (account_id, message_id) do nothing

-- name: put_off_missing_texts
update missing_texts set again_at = :at where account_id = :account and message_id {in_ints :ids}

-- name: delete_missing_texts
delete from missing_texts where account_id = :account and message_id {in_ints :ids}

-- name: move_missing_text
update missing_texts set message_id = :new where account_id = :account and message_id = :old

-- name: get_message_blob
select sha256, size from message_blobs where account_id = :account and message_id = :message and name = :name

-- name: insert_message_blob
insert into message_blobs (account_id, message_id, name, sha256, size)
values (:account_id, :message_id, :name, :sha256, :size)

-- name: list_message_blobs
select name, sha256, size from message_blobs where account_id = :account and message_id = :message

-- name: get_message_blobs
select message_id, sha256, size from message_blobs
where account_id = :account and message_id {in_ints :ids} and name = :name

-- name: upsert_message_blob
insert into message_blobs (account_id, message_id, name, sha256, size)
select account_id, id, :name, :sha256, :size from messages where account_id = :account and id = :message
on conflict (account_id, message_id, name) do update set sha256 = excluded.sha256, size = excluded.size

-- name: note_loose_blobs
insert into loose_blobs (sha256)
select distinct sha256 from message_blobs where account_id = :account and message_id {in_ints :ids}
on conflict (sha256) do nothing

-- name: note_loose_blobs_of_account
insert into loose_blobs (sha256) select distinct sha256 from message_blobs where account_id = :account
on conflict (sha256) do nothing

-- name: list_loose_blobs
select sha256 from loose_blobs order by sha256 limit :limit

-- name: delete_loose_blobs
delete from loose_blobs where sha256 {in_texts :hashes}

-- name: list_used_blobs
select sha256 from message_blobs where sha256 {in_texts :hashes}
union
select sha256 from uploads where sha256 {in_texts :hashes}
union
select sha256 from boilerplate_files where sha256 {in_texts :hashes}
union
select sha256 from archive_entries where sha256 {in_texts :hashes}
union
select sha256 from archive_due where sha256 {in_texts :hashes}

-- name: list_ids_to_export
select id from messages where account_id = :account and id > :after order by id limit :limit

-- name: list_ids_to_export_in_folder
select message_id as id from folder_messages where account_id = :account and folder_id = :folder and message_id > :after
order by message_id limit :limit
