-- Folders and the cursors that say where to resume reading them.

-- name: get_folder
select * from folders where account_id = :account and id = :folder

-- name: get_folder_by_remote
select * from folders where account_id = :account and remote_id = :remote_id

-- name: get_folder_by_role
select * from folders where account_id = :account and role = :role order by id

-- name: list_folders
select * from folders where account_id = :account order by id

-- name: list_folder_wishes
select folder_id, is_subscribed from folder_wishes where user_id = :user_id and account_id = :account

-- name: get_folder_wish
select is_subscribed from folder_wishes
where user_id = :user_id and account_id = :account and folder_id = :folder

-- name: put_folder_wish
insert into folder_wishes (user_id, account_id, folder_id, is_subscribed)
values (:user_id, :account, :folder, :is_subscribed)
on conflict (user_id, account_id, folder_id) do update set is_subscribed = excluded.is_subscribed

-- name: insert_folder
insert into folders (account_id, id, remote_id, parent_remote_id, name, role, is_hidden, remote_total,
                     remote_unread, has_left)
values (:account, :folder, :remote_id, :parent_remote_id, :name, :role, :is_hidden, :remote_total,
        :remote_unread, :has_left)

-- name: insert_new_folder
insert into folders (account_id, id, remote_id, parent_id, parent_remote_id, name, is_new)
values (:account, :folder, :remote_id, :parent, :parent_remote_id, :name, 1)

-- name: set_folder_role
update folders set role = :role where account_id = :account and id = :folder

-- name: set_parents_remote_id
update folders set parent_remote_id = :new where account_id = :account and parent_remote_id = :old

-- name: update_folder
update folders
set parent_remote_id = :parent_remote_id, name = :name, role = :role, is_hidden = :is_hidden,
    remote_total = :remote_total, remote_unread = :remote_unread, has_left = :has_left, due_at = :due_at
where account_id = :account and id = :folder

-- name: set_folder_parent
update folders set parent_id = :parent where account_id = :account and id = :folder

-- name: clear_folder_role
update folders set role = null where account_id = :account and id = :folder

-- name: mark_folder_left
update folders set has_left = 1 where account_id = :account and id = :folder

-- name: list_folders_done
select id from folders where account_id = :account and id {in_ints :ids} and has_left = 1 and total = 0
order by id

-- name: get_folder_claiming
select id from folders
where account_id = :account and (parent_id = :folder or parent_remote_id = :remote_id)
limit 1

-- name: list_shown_folders
select id, remote_id from folders where account_id = :account and has_left = 0

-- name: delete_folder
delete from folders where account_id = :account and id = :folder

-- name: delete_folder_cursor
delete from cursors where account_id = :account and folder_id = :folder

-- name: delete_folder_seen
delete from sweep_seen where account_id = :account and folder_id = :folder

-- name: count_folder
update folders
set total = total + :total, unread = unread + :unread, total_threads = total_threads + :total_threads,
    unread_threads = unread_threads + :unread_threads
where account_id = :account and id = :folder

-- name: list_miscounted_folders
select d.id, c.total - d.total as total, c.unread - d.unread as unread,
       c.total_threads - d.total_threads as total_threads, c.unread_threads - d.unread_threads as unread_threads
from folders d
join (select d2.id, count(f.message_id) as total,
             cast(coalesce(sum(case when f.is_unread = 1 and m.is_draft = 0 then 1 else 0 end), 0) as bigint)
               as unread,
             count(distinct f.thread_id) as total_threads,
             count(distinct case when f.is_unread = 1 and m.is_draft = 0 then f.thread_id end) as unread_threads
      from folders d2
      left join folder_messages f on f.account_id = d2.account_id and f.folder_id = d2.id
      left join messages m on m.account_id = f.account_id and m.id = f.message_id
      where d2.account_id = :account group by d2.id) c on c.id = d.id
where d.account_id = :account
  and (d.total <> c.total or d.unread <> c.unread or d.total_threads <> c.total_threads
       or d.unread_threads <> c.unread_threads)
order by d.id

-- name: set_folder_due
update folders set due_at = :due_at where account_id = :account and id = :folder

-- name: set_all_folders_due
update folders set due_at = :due_at where account_id = :account and problem is null

-- name: set_hot_folders_due
update folders set due_at = :due_at
where account_id = :account and role in ('inbox', 'sent', 'drafts') and problem is null

-- name: look_at_inbox
update folders set due_at = :due_at where account_id = :account and role = 'inbox'

-- name: look_at_hot_folders
update folders set due_at = :due_at where account_id = :account and role in ('inbox', 'sent', 'drafts')

-- Sooner or not at all: what is due by then stays so.

-- name: look_at_folder_by
update folders set due_at = :due_at where account_id = :account and id = :folder and due_at > :due_at

-- name: look_at_hot_folders_by
update folders set due_at = :due_at
where account_id = :account and role in ('inbox', 'sent', 'drafts') and due_at > :due_at

-- name: end_folder_round
update folders
set pulled_at = :at, failures = 0, problem = null, due_at = case when due_at = :was_due_at then :due_at else due_at end
where account_id = :account and id = :folder

-- name: put_off_folder
update folders set failures = failures + 1, problem = :problem, due_at = :due_at
where account_id = :account and id = :folder

-- name: get_refused_folder
select id, problem from folders
where account_id = :account and failures > 0 and has_left = 0 order by failures desc, id limit 1

-- name: list_due_folders
select id, due_at from folders
where account_id = :account and due_at <= :now and has_left = 0 and is_new = 0
order by case role when 'inbox' then 0 when 'sent' then 1 when 'drafts' then 2 else 3 end, due_at, id
limit :limit

-- name: sum_folders
select cast(coalesce(sum(remote_total - beyond), 0) as bigint) as expected,
       cast(coalesce(sum(total), 0) as bigint) as held
from folders where account_id = :account

-- name: get_cursor
select link, is_complete, is_sweep from cursors where account_id = :account and folder_id = :folder

-- name: get_cursors
select folder_id, link, is_complete, is_sweep from cursors
where account_id = :account and folder_id {in_ints :ids}

-- name: begin_cursor
insert into cursors (account_id, folder_id, link, is_complete, is_sweep, updated_at)
select account_id, id, :delta_link, 1, 0, :at from folders where account_id = :account and id = :folder
on conflict (account_id, folder_id) do nothing

-- name: move_cursor_on
update cursors set link = :delta_link, is_complete = 1, updated_at = :at
where account_id = :account and folder_id = :folder and link = :link and is_sweep = 0

-- name: upsert_cursor
insert into cursors (account_id, folder_id, link, is_complete, is_sweep, updated_at)
values (:account, :folder, :link, :is_complete, :is_sweep, :at)
on conflict (account_id, folder_id) do update
set link = excluded.link, is_complete = excluded.is_complete, is_sweep = excluded.is_sweep,
    updated_at = excluded.updated_at

-- name: insert_seen
insert into sweep_seen (account_id, folder_id, message_id) values (:account_id, :folder_id, :message_id)
on conflict (account_id, folder_id, message_id) do nothing

-- name: list_unseen_messages
select f.message_id from folder_messages f
where f.account_id = :account and f.folder_id = :folder
  and not exists (select 1 from sweep_seen s where s.account_id = f.account_id
                  and s.folder_id = f.folder_id and s.message_id = f.message_id)
  and not exists (select 1 from drafts d join messages m on m.account_id = d.account_id and m.id = d.message_id
                  where d.account_id = f.account_id and d.message_id = f.message_id
                    and m.remote_id like 'local:%')

-- name: list_unseen_folders
select f.id from folders f
where f.account_id = :account and f.is_new = 0
  and not exists (select 1 from sweep_seen s where s.account_id = f.account_id
                  and s.folder_id = 0 and s.message_id = f.id)
order by f.id
