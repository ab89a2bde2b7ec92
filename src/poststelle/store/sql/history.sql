-- How far back an account's mail is held, and what lies before that.

-- name: get_history_from
select history_from from accounts where id = :account

-- name: set_history
update accounts set history_months = :months, history_from = :since where id = :account

-- name: forget_measured
update folders set beyond = 0, beyond_unread = 0, measured_total = null, measured_unread = null
where account_id = :account

-- name: delete_message_cursors
delete from cursors where account_id = :account and folder_id <> 0

-- name: delete_all_seen
delete from sweep_seen where account_id = :account and folder_id <> 0

-- name: read_folders_anew
update folders set due_at = 0 where account_id = :account

-- name: list_accounts_with_history
select id, history_from from accounts where history_from is not null order by id

-- name: count_older
select count(*) as total from messages where account_id = :account and received_at < :since

-- name: list_older
select m.id from messages m
where m.account_id = :account and m.received_at < :since and m.remote_id not like 'local:%'
  and not exists (select 1 from writeback_ops o where o.account_id = m.account_id and o.message_id = m.id)
  and not exists (select 1 from drafts d where d.account_id = m.account_id and d.message_id = m.id
                  and d.step <> 'done')
  and m.id not in (select s.message_id from submissions s
                   where s.account_id = :account and s.state in ('pending', 'sending'))
order by m.received_at, m.id limit :limit

-- name: list_active_marks
select marks from submissions where account_id = :account and state in ('pending', 'sending')

-- name: list_folders_apart
select f.id from folders f
join cursors c on c.account_id = f.account_id and c.folder_id = f.id and c.is_complete = 1 and c.is_sweep = 0
where f.account_id = :account and f.has_left = 0 and f.is_new = 0 and f.failures = 0
  and (f.remote_total - f.beyond <> f.total or f.remote_unread - f.beyond_unread <> f.unread)
  and (f.measured_total is null or f.measured_total <> f.remote_total or f.measured_unread <> f.remote_unread)
order by f.id

-- name: list_folders_with_older
select f.id from folders f
where f.account_id = :account
  and exists (select 1 from folder_messages x where x.account_id = f.account_id and x.folder_id = f.id
              and x.received_at < :since)

-- name: set_measured
update folders
set beyond = remote_total - :total, beyond_unread = remote_unread - :unread,
    measured_total = remote_total, measured_unread = remote_unread
where account_id = :account and id = :folder and remote_total = :remote_total and remote_unread = :remote_unread
