-- What must never be found.

-- name: broken_counters
select d.account_id, d.id, d.total, c.total as rows_total, d.unread, c.unread as rows_unread,
       d.total_threads, c.threads as rows_threads, d.unread_threads, c.unread_threads as rows_unread_threads
from folders d
join (select d2.account_id, d2.id, count(f.message_id) as total,
             cast(coalesce(sum(case when f.is_unread = 1 and m.is_draft = 0 then 1 else 0 end), 0) as bigint)
               as unread,
             count(distinct f.thread_id) as threads,
             count(distinct case when f.is_unread = 1 and m.is_draft = 0 then f.thread_id end) as unread_threads
      from folders d2
      left join folder_messages f on f.account_id = d2.account_id and f.folder_id = d2.id
      left join messages m on m.account_id = f.account_id and m.id = f.message_id
      group by d2.account_id, d2.id) c on c.account_id = d.account_id and c.id = d.id
where d.total <> c.total or d.unread <> c.unread or d.total_threads <> c.threads
   or d.unread_threads <> c.unread_threads

-- name: broken_flags
select f.account_id, f.folder_id, f.message_id from folder_messages f
join messages m on m.account_id = f.account_id and m.id = f.message_id
where f.received_at <> m.received_at or f.thread_id <> m.thread_id or f.is_unread = m.is_seen
   or f.is_flagged <> m.is_flagged

-- name: broken_memberships
select f.account_id, f.folder_id, f.message_id from folder_messages f
left join messages m on m.account_id = f.account_id and m.id = f.message_id
left join folders d on d.account_id = f.account_id and d.id = f.folder_id
where m.id is null or d.id is null

-- name: broken_places
select m.account_id, m.id, count(f.message_id) as folders from messages m
left join folder_messages f on f.account_id = m.account_id and f.message_id = m.id
group by m.account_id, m.id
having (count(f.message_id) > 1 and not exists (
        select 1 from accounts a where a.id = m.account_id and a.type = 'local'))
    or (count(f.message_id) = 0 and not exists (
        select 1 from writeback_ops o
        where o.account_id = m.account_id and o.message_id = m.id and o.kind = 'destroy'))

-- name: broken_threads
select distinct f.account_id, f.message_id from folder_messages f
left join threads t on t.account_id = f.account_id and t.id = f.thread_id
where t.id is null

-- name: dangling_names
select n.account_id, n.thread_id from thread_names n
left join threads t on t.account_id = n.account_id and t.id = n.thread_id where t.id is null

-- name: queued_internally
select o.account_id, o.id from writeback_ops o join accounts a on a.id = o.account_id where a.type = 'local'
union all
select o.account_id, o.id from folder_ops o join accounts a on a.id = o.account_id where a.type = 'local'
union all
select d.account_id, d.message_id from drafts d join accounts a on a.id = d.account_id where a.type = 'local'

-- name: internal_without_octets
select m.account_id, m.id from messages m join accounts a on a.id = m.account_id
where a.type = 'local' and not exists (
    select 1 from message_blobs b where b.account_id = m.account_id and b.message_id = m.id and b.name = 'mime')

-- name: empty_threads
select t.account_id, t.id from threads t
where not exists (select 1 from folder_messages f join messages m
                  on m.account_id = f.account_id and m.id = f.message_id
                  where m.account_id = t.account_id and m.thread_id = t.id)

-- name: broken_modseqs
select c.account_id, c.type, c.modseq from changes c join accounts a on a.id = c.account_id
where c.modseq > a.modseq

-- name: broken_ids
select m.account_id, m.id from messages m join accounts a on a.id = m.account_id where m.id >= a.next_id
union all
select d.account_id, d.id from folders d join accounts a on a.id = d.account_id where d.id >= a.next_id

-- name: broken_parents
select d.account_id, d.id from folders d
left join folders p on p.account_id = d.account_id and p.id = d.parent_id
where d.parent_id is not null and p.id is null

-- name: dangling_bodies
select b.account_id, b.message_id from bodies b
left join messages m on m.account_id = b.account_id and m.id = b.message_id where m.id is null

-- name: dangling_attachments
select b.account_id, b.message_id from attachments b
left join messages m on m.account_id = b.account_id and m.id = b.message_id where m.id is null

-- name: dangling_blobs
select b.account_id, b.message_id from message_blobs b
left join messages m on m.account_id = b.account_id and m.id = b.message_id where m.id is null

-- name: dangling_departures
select b.account_id, b.message_id from departures b
left join messages m on m.account_id = b.account_id and m.id = b.message_id where m.id is null

-- name: dangling_drafts
select b.account_id, b.message_id from drafts b
left join messages m on m.account_id = b.account_id and m.id = b.message_id where m.id is null
union all
select b.account_id, b.message_id from draft_parts b
left join drafts d on d.account_id = b.account_id and d.message_id = b.message_id where d.message_id is null

-- name: dangling_bounces
select b.account_id, b.message_id from bounces b
left join messages m on m.account_id = b.account_id and m.id = b.message_id where m.id is null

-- name: forgotten_drafts
select m.account_id, m.id from messages m
where m.remote_id like 'local:%' and not exists (
    select 1 from writeback_ops o where o.account_id = m.account_id and o.message_id = m.id and o.kind = 'create')

-- name: dangling_ops
select b.account_id, b.message_id from writeback_ops b
left join messages m on m.account_id = b.account_id and m.id = b.message_id where m.id is null

-- name: dangling_cursors
select c.account_id, c.folder_id from cursors c
left join folders d on d.account_id = c.account_id and d.id = c.folder_id
where c.folder_id > 0 and d.id is null

-- name: dangling_seen
select distinct s.account_id, s.folder_id from sweep_seen s
left join folders d on d.account_id = s.account_id and d.id = s.folder_id
where s.folder_id > 0 and d.id is null

-- name: left_folders
select account_id, id from folders where has_left = 1 and total = 0

-- name: logged_messages
select c.account_id, c.object_id, c.op from changes c
join (select account_id, object_id, max(modseq) as modseq from changes where type = 'Email'
      group by account_id, object_id) l
  on l.account_id = c.account_id and l.object_id = c.object_id and l.modseq = c.modseq and c.type = 'Email'
where (c.op = 'destroyed') <> (not exists (
    select 1 from folder_messages f where f.account_id = c.account_id and f.message_id = c.object_id))

-- name: unindexed_messages
select m.account_id, m.id from messages m join search_progress p on p.account_id = m.account_id
where m.id > p.low and m.id <= p.high
  and not exists (select 1 from documents d where d.account_id = m.account_id and d.message_id = m.id)
  and not exists (select 1 from search_due s where s.account_id = m.account_id and s.message_id = m.id)

-- name: dangling_documents
select d.account_id, d.message_id from documents d
join accounts a on a.id = d.account_id
left join messages m on m.account_id = d.account_id and m.id = d.message_id
where m.id is null and not exists (
    select 1 from search_due s where s.account_id = d.account_id and s.message_id = d.message_id)

-- name: miscounted_documents
select p.account_id, p.indexed from search_progress p
where p.indexed <> (select count(*) from documents d where d.account_id = p.account_id)
