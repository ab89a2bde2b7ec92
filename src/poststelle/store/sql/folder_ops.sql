-- Changes of folders on their way to the provider.

-- name: insert_folder_op
insert into folder_ops (account_id, id, folder_id, remote_id, name, kind, payload, undo, due_at, created_at,
                        created_by)
values (:account, :op, :folder, :remote_id, :name, :kind, :payload, :undo, :now, :now, :user)

-- name: update_folder_op
update folder_ops set payload = :payload, undo = :undo where account_id = :account and id = :op

-- name: get_folder_op
select * from folder_ops where account_id = :account and id = :op

-- name: list_folder_ops
select * from folder_ops where account_id = :account order by id

-- name: get_newest_folder_op
select * from folder_ops where account_id = :account order by id desc limit 1

-- One by one: a child is made after its parent, and a folder goes after what was in it has left, and what
-- went with it has been put into the archive.

-- name: get_claimable_folder_op
select o.* from folder_ops o
where o.account_id = :account and o.due_at <= :now and (o.is_in_flight = 0 or o.claimed_until <= :now)
  and not exists (select 1 from folder_ops e where e.account_id = o.account_id and e.id < o.id)
  and not exists (select 1 from writeback_ops h where h.account_id = :account and h.is_in_flight = 1
                  and h.kind <> 'create' and h.holder <> :holder and h.claimed_until > :now)
  and (o.kind <> 'destroy_folder' or not exists (
      select 1 from writeback_ops w where w.account_id = o.account_id and w.id < o.id
      and (w.source_folder = o.folder_id or w.target_folder = o.folder_id)))
  and (o.kind <> 'destroy_folder' or not exists (
      select 1 from archive_due d where d.account_id = o.account_id and d.remote_id is not null
      and d.message_id < o.id))

-- name: set_folder_op_in_flight
update folder_ops set is_in_flight = 1, holder = :holder, claimed_until = :until, fence = fence + 1
where account_id = :account and id = :op

-- name: release_folder_ops
update folder_ops set is_in_flight = 0, holder = null, claimed_until = null, attempts = attempts + 1, fence = fence + 1
where is_in_flight = 1 and holder = :holder

-- name: get_held_folder_op
select id from folder_ops where account_id = :account and id = :op and fence = :fence and is_in_flight = 1

-- name: hold_folder_op
update folder_ops set claimed_until = :until
where account_id = :account and id = :op and fence = :fence and is_in_flight = 1

-- name: retry_folder_op
update folder_ops
set is_in_flight = 0, holder = null, claimed_until = null, attempts = attempts + 1, due_at = :due_at,
    problem = :problem, own_failures = own_failures + :is_own, conflicts = conflicts + :is_conflict
where account_id = :account and id = :op and fence = :fence

-- name: set_folder_op_due
update folder_ops set due_at = :at where account_id = :account and id = :op

-- name: delete_folder_op
delete from folder_ops where account_id = :account and id = :op and fence = :fence returning id

-- name: set_new_folders_remote_id
update folders set remote_id = :remote_id, is_new = 0, due_at = 0 where account_id = :account and id = :folder

-- name: confirm_folder
update folders set confirmed_modseq = (select modseq from accounts where id = :account)
where account_id = :account and id = :folder

-- name: list_folders_confirmed_since
select id from folders where account_id = :account and confirmed_modseq >= :modseq

-- name: set_folder_name
update folders set name = :name where account_id = :account and id = :folder

-- name: set_folder_order
update folders set sort_order = :order where account_id = :account and id = :folder

-- name: set_folder_place
update folders set parent_id = :parent, parent_remote_id = :parent_remote_id
where account_id = :account and id = :folder

-- name: list_messages_in_folder
select message_id from folder_messages where account_id = :account and folder_id = :folder
order by received_at desc, message_id limit :limit

-- name: list_unsent_messages_in_folder
select message_id from folder_messages where account_id = :account and folder_id = :folder and message_id <= :up_to
  and message_id not in (select s.message_id from submissions s
                         where s.account_id = :account and s.state in ('pending', 'sending'))
order by received_at desc, message_id limit :limit

-- name: count_messages_in_folder_up_to
select count(*) as total from folder_messages
where account_id = :account and folder_id = :folder and message_id <= :up_to

-- name: count_held_messages_in_folder
select count(*) as total from folder_messages where account_id = :account and folder_id = :folder and message_id <= :up_to
  and message_id in (select s.message_id from submissions s
                     where s.account_id = :account and s.state in ('pending', 'sending'))

-- name: set_folder_of_ops
update folder_ops set folder_id = :new, remote_id = :remote_id where account_id = :account and folder_id = :old

-- name: set_source_of_ops
update writeback_ops set source_folder = :new where account_id = :account and source_folder = :old

-- name: list_ops_to_folder
select o.*, m.remote_id from writeback_ops o
join messages m on m.account_id = o.account_id and m.id = o.message_id
where o.account_id = :account and o.target_folder = :folder order by o.id
