-- Checks: what is under way, what was found, and the folder counters side by side.

-- let fields: account_id, id, reason, asked_by, state, asked_at, due_at, started_at, ended_at, compared, folders_left, requests, missing, extra, misplaced, flags, unreadable, undecided, repaired, problem, history_from

-- name: insert_check
insert into checks (account_id, id, reason, asked_by, state, asked_at, due_at)
values (:account, :check, :reason, :user, 'waiting', :now, :now)

-- name: get_check
select {fields} from checks where account_id = :account and id = :check

-- name: get_open_check
select {fields} from checks where account_id = :account and state <> 'done' order by id desc limit 1

-- name: list_open_checks_before
select {fields} from checks where state <> 'done' and asked_at < :at order by id

-- name: get_last_check
select {fields} from checks where account_id = :account and state = 'done' order by id desc limit 1

-- name: list_checks
select {fields} from checks where account_id = :account order by id desc limit :limit

-- name: get_due_check
select c.account_id, c.id from checks c join accounts a on a.id = c.account_id
where c.state <> 'done' and c.due_at <= :now and (c.lease_until is null or c.lease_until <= :now)
  and a.state = 'connected' and a.is_active = 1
order by c.due_at, c.account_id limit 1

-- name: claim_check
update checks
set holder = :holder, lease_until = :until, fence = fence + 1, state = 'running',
    started_at = coalesce(started_at, :now)
where account_id = :account and id = :check and state <> 'done'
  and (lease_until is null or lease_until <= :now)
returning fence

-- name: renew_check
update checks set lease_until = :until
where account_id = :account and id = :check and fence = :fence and lease_until is not null

-- name: put_off_check
update checks
set due_at = :due_at, problem = :problem, failures = failures + :failed, holder = null, lease_until = null
where account_id = :account and id = :check and fence = :fence

-- name: get_check_failures
select failures from checks where account_id = :account and id = :check

-- name: release_checks
update checks set holder = null, lease_until = null where holder = :holder and lease_until is not null

-- name: count_check
update checks
set compared = compared + :compared, requests = requests + :requests, failures = 0, problem = null
where account_id = :account and id = :check

-- name: begin_check
update checks set folders_left = :folders_left, history_from = :history_from where account_id = :account and id = :check

-- name: end_check
update checks set state = 'done', ended_at = :now, problem = null, holder = null, lease_until = null
where account_id = :account and id = :check

-- let count.missing: missing
-- let count.extra: extra
-- let count.misplaced: misplaced
-- let count.flags: flags
-- let count.unreadable: unreadable
-- let count.undecided: undecided

-- name: count_finding_{count}
update checks set {count} = {count} + :number, repaired = repaired + :repaired
where account_id = :account and id = :check

-- name: insert_finding
insert into check_findings (account_id, check_id, id, kind, remote_id, message_id, folder, subject, number,
                            is_repaired)
select :account, :check, coalesce(max(id), 0) + 1, :kind, :remote_id, :message, :folder, :subject, :number,
       :is_repaired
from check_findings where account_id = :account and check_id = :check

-- name: count_findings
select count(*) as total from check_findings where account_id = :account and check_id = :check

-- name: sum_unreadable_findings
select cast(coalesce(sum(number), 0) as bigint) as total from check_findings
where account_id = :account and check_id = :check and kind = 'unreadable' and folder = :folder

-- name: list_findings
select kind, remote_id, message_id, folder, subject, number, is_repaired from check_findings
where account_id = :account and check_id = :check order by id

-- name: delete_old_findings
delete from check_findings
where account_id = :account and check_id not in (
    select id from checks where account_id = :account order by id desc limit :kept)

-- name: delete_old_checks
delete from checks where state = 'done' and ended_at < :before

-- name: delete_lost_findings
delete from check_findings
where not exists (select 1 from checks c
                  where c.account_id = check_findings.account_id and c.id = check_findings.check_id)

-- name: list_night_states
select a.id, a.created_at, cast(coalesce(max(c.asked_at), 0) as bigint) as asked_at
from accounts a
join sync_states s on s.account_id = a.id and s.phase = 'steady'
left join checks c on c.account_id = a.id
where a.state = 'connected' and a.is_active = 1
group by a.id, a.created_at
having coalesce(max(case when c.state <> 'done' then 1 else 0 end), 0) = 0
order by a.id

-- name: list_differing_accounts
select distinct f.account_id from folders f
join cursors c on c.account_id = f.account_id and c.folder_id = f.id and c.is_complete = 1 and c.is_sweep = 0
where f.has_left = 0 and f.is_new = 0 and f.failures = 0 and f.due_at > 0
  and (f.remote_total - f.beyond <> f.total or f.remote_unread - f.beyond_unread <> f.unread)
  and not exists (select 1 from writeback_ops o where o.account_id = f.account_id)
  and not exists (select 1 from folder_ops g where g.account_id = f.account_id)
  and not exists (select 1 from submissions s where s.account_id = f.account_id and s.state = 'sending')
  and not exists (select 1 from departures d where d.account_id = f.account_id)
  and not exists (select 1 from messages m join accounts a on a.id = m.account_id
                  where m.account_id = f.account_id and m.received_at < a.history_from)
order by f.account_id

-- name: begin_check_anew
update checks
set due_at = :now, compared = 0, folders_left = 0, holder = null, lease_until = null, fence = fence + 1
where account_id = :account and state <> 'done'

-- name: insert_check_folder
insert into check_folders (account_id, folder_id) values (:account_id, :folder_id)
on conflict (account_id, folder_id) do nothing

-- name: get_next_check_folder
select p.*, f.id as is_there from check_folders p
left join folders f on f.account_id = p.account_id and f.id = p.folder_id and f.has_left = 0
where p.account_id = :account and p.is_done = 0 order by p.folder_id limit 1

-- name: start_check_folder
update check_folders
set cursor = null, newest_id = :newest_id, restarts = restarts + :again, listed = 0, listed_unread = 0,
    unreadable = 0, remote_total = :remote_total, remote_unread = :remote_unread
where account_id = :account and folder_id = :folder

-- name: move_check_folder
update check_folders
set cursor = :cursor, listed = listed + :listed, listed_unread = listed_unread + :unread,
    unreadable = unreadable + :unreadable
where account_id = :account and folder_id = :folder

-- name: count_held_in_check_folder
update check_folders set listed = listed + 1, listed_unread = listed_unread + :unread
where account_id = :account and folder_id = :folder

-- name: end_check_folder
update check_folders set is_done = 1, is_listed = :is_listed where account_id = :account and folder_id = :folder

-- name: get_any_check_folder
select folder_id from check_folders where account_id = :account limit 1

-- name: list_listed_folders
select folder_id as folder, listed, listed_unread as unread, remote_total, remote_unread
from check_folders where account_id = :account and is_listed = 1

-- name: get_newest_id
select next_id - 1 as newest_id from accounts where id = :account

-- name: list_stepped_over
select folder_id, unreadable from check_folders
where account_id = :account and is_listed = 1 and unreadable > 0 order by folder_id

-- name: set_folder_beyond
update folders set beyond = remote_total - :listed, beyond_unread = remote_unread - :unread
where account_id = :account and id = :folder and remote_total = :remote_total
  and remote_unread = :remote_unread and due_at > 0

-- name: insert_check_seen
insert into check_seen (account_id, folder_id, message_id) values (:account_id, :folder_id, :message_id)
on conflict (account_id, folder_id, message_id) do nothing

-- name: list_check_seen
select message_id from check_seen
where account_id = :account and folder_id = :folder and message_id {in_ints :ids}

-- name: delete_check_seen
delete from check_seen where account_id = :account and folder_id = :folder

-- name: list_check_unseen
select m.remote_id from folder_messages f
join messages m on m.account_id = f.account_id and m.id = f.message_id
where f.account_id = :account and f.folder_id = :folder and +f.message_id <= :newest_id  -- by folder, not by all ids
  and m.remote_id not like 'local:%' and f.received_at >= :since
  and f.message_id not in (select x.message_id from submissions x
                           where x.account_id = :account and x.state = 'sending')
  and not exists (select 1 from check_seen s where s.account_id = f.account_id
                  and s.folder_id = f.folder_id and s.message_id = f.message_id)

-- name: insert_suspect
insert into check_suspects (account_id, remote_id, folder_id, is_unknown, due_at)
values (:account_id, :remote_id, :folder_id, :is_unknown, 0)
on conflict (account_id, remote_id) do nothing

-- name: list_known_suspects
select remote_id from check_suspects where account_id = :account and remote_id {in_texts :ids}

-- name: list_suspects
select remote_id, folder_id, is_unknown, told, tries from check_suspects
where account_id = :account and due_at <= :now order by due_at, remote_id limit :limit

-- name: next_suspect
select min(due_at) as due_at from check_suspects where account_id = :account

-- name: note_suspect
update check_suspects set told = :told, due_at = :due_at, tries = tries + 1
where account_id = :account_id and remote_id = :remote_id

-- name: delete_suspects
delete from check_suspects where account_id = :account and remote_id {in_texts :ids}

-- name: delete_unknown_suspects_of_folder
delete from check_suspects where account_id = :account and folder_id = :folder and told is null

-- name: delete_check_folders
delete from check_folders where account_id = :account

-- name: delete_all_check_seen
delete from check_seen where account_id = :account

-- name: delete_all_suspects
delete from check_suspects where account_id = :account

-- name: list_folder_counters
select f.id, f.total, f.unread, f.remote_total, f.remote_unread, f.beyond, f.beyond_unread, f.failures, f.due_at,
       coalesce(c.is_complete, 0) as is_complete, coalesce(c.is_sweep, 0) as is_sweep
from folders f left join cursors c on c.account_id = f.account_id and c.folder_id = f.id
where f.account_id = :account and f.has_left = 0 and f.is_new = 0

-- name: list_departed_folders
select distinct folder_id from departures where account_id = :account

-- name: list_open_op_places
select f.folder_id, o.target_folder, o.source_folder from writeback_ops o
left join folder_messages f on f.account_id = o.account_id and f.message_id = o.message_id
where o.account_id = :account
union all
select f.folder_id, t.id, null from submissions s
left join folder_messages f on f.account_id = s.account_id and f.message_id = s.message_id
left join folders t on t.account_id = s.account_id and t.role = 'sent'
where s.account_id = :account and s.state = 'sending'

-- name: count_fresh_confirmations
select count(*) as total from confirmations k
join cursors c on c.account_id = k.account_id and c.folder_id = 0
where k.account_id = :account and k.at >= c.updated_at - :margin

-- name: claim_sync_of
update sync_states
set holder = :holder, lease_until = :until, due_at = :until, fence = fence + 1
where account_id = :account and (lease_until is null or lease_until <= :now)
returning account_id, lease_until, fence
