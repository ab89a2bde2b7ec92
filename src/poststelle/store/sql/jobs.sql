-- Synchronisation, write-back and notices.

-- name: get_sync_state
select s.phase, s.due_at, s.last_synced_at, s.problem, s.problem_detail, s.retry_at, s.failures, s.poll_ms,
       n.expires_at as notified_until, n.problem as notify_problem
from sync_states s left join subscriptions n on n.account_id = s.account_id where s.account_id = :account

-- name: list_late_syncs
select account_id, last_synced_at, problem, problem_detail from sync_states
where (phase = 'steady' and last_synced_at < :before) or failures >= :failures

-- name: start_sync
insert into sync_states (account_id, phase, due_at) values (:account, :phase, :now)
on conflict (account_id) do update
set phase = case sync_states.phase when 'idle' then excluded.phase else sync_states.phase end,
    due_at = excluded.due_at, problem = null, problem_detail = null, retry_at = null, failures = 0,
    fence = sync_states.fence + 1, holder = null, lease_until = null

-- name: end_sync_lease
update sync_states set fence = fence + 1, holder = null, lease_until = null where account_id = :account

-- What the provider wants is kept, what is put off for people's sake (failed) is not. One that waits for its turn
-- keeps its place. While it is pulled, what it is due at lies before the lease's end.

-- let put_off: when retry_at > :now and problem <> 'failed' then retry_at
-- let in_turn: when due_at <= :now and (lease_until is null or due_at < lease_until) then due_at
-- let woken: when lease_until <= :now then lease_until - 1 else :now

-- name: wake_syncs
update sync_states set due_at = case {put_off} {in_turn} {woken} end
where account_id {in_ints :accounts}

-- What people ask for is due before the year 1970, in the order in which it was asked for. What has fewer before
-- it where it is stays there; the end of a lease that has run out is no such place.

-- name: ask_sync
update sync_states
set due_at = case {put_off}
                  when due_at < 0 then due_at
                  when due_at <= :now and (lease_until is null or due_at < lease_until)
                       and (select count(*) from (select 1 from sync_states o where o.due_at >= 0
                            and o.due_at < sync_states.due_at limit :counted) as others)
                         < (select count(*) from (select 1 from sync_states k where k.due_at < 0
                            limit :counted) as asked) then due_at
                  else :now - :before end
where account_id = :account

-- Whatever it had to wait for. One that waits for its turn, and one that is pulled, as above.

-- name: wake_sync_anew
update sync_states
set due_at = case {in_turn} {woken} end,
    problem = null, problem_detail = null, retry_at = null
where account_id = :account

-- ``:now`` is when it shall be due, if it is not before that.

-- name: wake_syncs_soon
update sync_states set due_at = case {in_turn} {put_off} {woken} end
where account_id {in_ints :accounts}

-- What was put off for what may be over now, and what is under way and may yet end so.

-- name: list_put_off_syncs
select s.account_id from sync_states s join accounts a on a.id = s.account_id
where s.account_id > :after and (s.problem = 'failed' or s.lease_until is not null)
  and a.state = 'connected' and a.is_active = 1
order by s.account_id limit :limit

-- name: claim_sync
with free as materialized (
    select s.account_id from sync_states s join accounts a on a.id = s.account_id
    where s.due_at >= :least and s.due_at <= :most and (s.lease_until is null or s.lease_until <= :now)
      and (s.due_at <= :late or s.account_id % :workers = :rank)
      and a.state = 'connected' and a.is_active = 1
    order by s.due_at, s.account_id limit :limit {free s})
update sync_states
set holder = :holder, lease_until = :until, due_at = :until, fence = fence + 1
where account_id in (select account_id from free)
returning account_id, lease_until, fence

-- name: renew_sync
update sync_states
set due_at = case when due_at = lease_until then :until else due_at end, lease_until = :until
where account_id = :account and fence = :fence and lease_until is not null
returning account_id

-- Changes nothing: nobody else can claim the account until this transaction has ended. As no index has to be changed
-- either, transactions about other accounts have nothing to do with it.

-- name: hold_sync
update sync_states set fence = fence
where account_id = :account and fence = :fence and lease_until > :late
returning account_id

-- A wake-up during the pull has put due_at before the lease's end: that stays due.

-- name: finish_sync
update sync_states
set due_at = case when due_at < lease_until then due_at else :due_at end, phase = 'steady',
    last_synced_at = :at, problem = :problem, problem_detail = :detail, retry_at = null, failures = 0,
    poll_ms = case when :due_at > :at then :due_at - :at else poll_ms end, holder = null, lease_until = null
where account_id = :account and fence = :fence and lease_until is not null
returning due_at

-- So does this one, where nobody but us wants it to wait.

-- name: put_off_sync
update sync_states
set due_at = case when :is_ours = 1 and due_at < lease_until then due_at else :retry_at end, problem = :problem, problem_detail = :detail, retry_at = :retry_at,
    failures = failures + 1, holder = null, lease_until = null
where account_id = :account and fence = :fence and lease_until is not null

-- name: release_sync
update sync_states set due_at = case when due_at < 0 then due_at else 0 end, holder = null, lease_until = null
where account_id = :account and fence = :fence and lease_until is not null

-- name: release_holder
update sync_states set due_at = case when due_at < 0 then due_at else 0 end, holder = null, lease_until = null
where holder = :holder and lease_until is not null

-- name: list_ops_of_messages
select id, message_id, kind, payload, undo, is_in_flight, attempts from writeback_ops
where {rows_ints writeback_ops by account_id = :account, message_id in :ids} order by id

-- let waiting.sync_states: sync_states
-- let waiting.folders: folders
-- let waiting.writeback_ops: writeback_ops
-- let waiting.folder_ops: folder_ops
-- let waiting.bounces: bounces

-- What was set aside is meant to be far off.

-- name: bring_{waiting}_forward
update {waiting} set due_at = :now where due_at > :latest and due_at < {aside}

-- What was asked for: both are places, not times.

-- name: bring_asked_forward
update sync_states set due_at = :now where due_at < 0 and due_at > :latest

-- name: bring_checks_forward
update checks set due_at = :now where due_at > :latest and state <> 'done'

-- name: bring_sending_forward
update submissions set due_at = :now
where due_at > :latest and state in ('pending', 'sending') and (state = 'sending' or waits_for in ('service', 'sign_in'))

-- What may be on its way to be made, or unfinished here, has another reason to wait.

-- name: bring_put_off_ops_forward
update writeback_ops set due_at = :now
where account_id = :account and due_at > :now and attempts > 0 and is_in_flight = 0 and kind <> 'create'

-- name: bring_put_off_folder_ops_forward
update folder_ops set due_at = :now
where account_id = :account and due_at > :now and attempts > 0 and is_in_flight = 0

-- name: bring_put_off_sending_forward
update submissions set due_at = :now
where account_id = :account and due_at > :now and state in ('pending', 'sending') and step = 'ready'
  and (state = 'sending' or waits_for in ('service', 'sign_in'))

-- name: insert_op
insert into writeback_ops (account_id, id, message_id, kind, payload, undo, target_folder, source_folder,
                           due_at, created_at, created_by)
values (:account, :op, :message, :kind, :payload, :undo, :target, :source, :now, :now, :user)

-- name: update_op
update writeback_ops set payload = :payload, undo = :undo, target_folder = :target
where account_id = :account and id = :op

-- name: set_op_source
update writeback_ops set source_folder = :source where account_id = :account and id = :op

-- name: get_op
select o.*, m.remote_id from writeback_ops o
join messages m on m.account_id = o.account_id and m.id = o.message_id
where o.account_id = :account and o.id = :op

-- name: list_oldest_ops
select o.*, m.remote_id from writeback_ops o
join messages m on m.account_id = o.account_id and m.id = o.message_id
where o.account_id = :account order by o.id limit :limit

-- name: set_op_due
update writeback_ops set due_at = :at where account_id = :account and id = :op

-- name: list_open_ops
select o.*, m.remote_id from writeback_ops o
join messages m on m.account_id = o.account_id and m.id = o.message_id
where {rows_ints writeback_ops as o by account_id = :account, message_id in :ids}
order by o.id

-- One program at a time changes an account: nothing is taken while another one has a part of it under way.

-- name: list_claimable_ops
select o.*, m.remote_id, t.remote_id as target_remote_id, coalesce(s.remote_id, (
           select g.remote_id from folder_ops g where g.account_id = o.account_id
           and g.folder_id = o.source_folder and g.kind = 'destroy_folder')) as source_remote_id
from writeback_ops o
join messages m on m.account_id = o.account_id and m.id = o.message_id
left join folders t on t.account_id = o.account_id and t.id = o.target_folder
left join folders s on s.account_id = o.account_id and s.id = o.source_folder
where o.account_id = :account and o.kind <> 'create' and o.due_at <= :now
  and (o.is_in_flight = 0 or o.claimed_until <= :now)
  and (t.is_new is null or t.is_new = 0)
  and not exists (select 1 from writeback_ops h where h.account_id = :account and h.is_in_flight = 1
                  and h.kind <> 'create' and h.holder <> :holder and h.claimed_until > :now)
  and not exists (select 1 from folder_ops h where h.account_id = :account and h.is_in_flight = 1
                  and h.holder <> :holder and h.claimed_until > :now)
  and not exists (select 1 from writeback_ops e where e.account_id = o.account_id
                  and e.message_id = o.message_id and e.id < o.id)
  and (o.kind <> 'destroy' or not exists (
          select 1 from archive_due d where d.account_id = o.account_id and d.message_id = o.message_id))
order by o.id limit :limit

-- Nothing is destroyed that is still to be put into the archive.

-- name: set_ops_in_flight
update writeback_ops
set is_in_flight = 1, holder = :holder, claimed_until = :until, attempts = attempts + is_in_flight, fence = fence + 1
where account_id = :account and id {in_ints :ids}

-- What was on its way when its sender died may have been done.

-- name: release_ops
update writeback_ops
set is_in_flight = 0, holder = null, claimed_until = null, attempts = attempts + 1, fence = fence + 1
where is_in_flight = 1 and (holder = :holder or claimed_until is null)

-- name: list_held_ops
select id, fence, message_id from writeback_ops
where account_id = :account and id {in_ints :ids} and is_in_flight = 1

-- name: hold_op
update writeback_ops set claimed_until = :until
where account_id = :account and id = :op and fence = :fence and is_in_flight = 1

-- Whoever ends a change says by its fence which claim it was ended under, or as what it was just read.

-- name: retry_op
update writeback_ops
set is_in_flight = 0, holder = null, claimed_until = null, attempts = attempts + 1, due_at = :due_at,
    problem = :problem, own_failures = own_failures + :is_own, conflicts = conflicts + :is_conflict
where account_id = :account and id = :op and fence = :fence

-- name: set_ops_message
update writeback_ops set message_id = :new where {rows_ints writeback_ops by account_id = :account, message_id in :old}

-- name: delete_op
delete from writeback_ops where account_id = :account and id = :op and fence = :fence returning is_contested

-- name: delete_needless_op
delete from writeback_ops where account_id = :account and id = :op

-- name: contest_ops
update writeback_ops set is_contested = 1
where {rows_ints writeback_ops by account_id = :account, message_id in :ids} and is_in_flight = 1

-- name: insert_confirmation
insert into confirmations (account_id, op_id, remote_id, kind, fields, modseq, at)
select :account, :op, :remote_id, :kind, :fields, modseq, :at from accounts where id = :account
on conflict (account_id, op_id) do nothing

-- name: list_confirmations
select op_id, remote_id, kind, fields from confirmations
where account_id = :account and modseq >= :modseq and remote_id {in_texts :remote_ids}

-- name: delete_old_confirmations
delete from confirmations where account_id = :account and at < :before

-- name: count_ops
select (select count(*) from writeback_ops where account_id = :account)
     + (select count(*) from folder_ops where account_id = :account) as total

-- name: list_accounts_with_due_ops
select o.account_id, min(o.due_at) as oldest from (
    select w.account_id, w.due_at, w.is_in_flight, w.claimed_until from writeback_ops w
    where w.due_at <= :now and w.kind <> 'create' and (w.kind <> 'destroy' or not exists (
        select 1 from archive_due d where d.account_id = w.account_id and d.message_id = w.message_id))
    union all
    select f.account_id, f.due_at, f.is_in_flight, f.claimed_until from folder_ops f
    where f.due_at <= :now and (f.kind <> 'destroy_folder' or not exists (
        select 1 from archive_due d where d.account_id = f.account_id and d.remote_id is not null
        and d.message_id < f.id))) o
join accounts a on a.id = o.account_id
where (o.is_in_flight = 0 or o.claimed_until <= :now) and a.state = 'connected'
group by o.account_id order by oldest

-- name: insert_notice
insert into notices (account_id, id, at, kind, message_id, code, detail, user_id, folder)
values (:account, :notice, :at, :kind, :message, :code, :detail, :user, :folder)

-- name: list_notices
select account_id, id, at, kind, message_id, code, detail, user_id, folder from notices
where account_id = :account order by id desc

-- name: delete_notice
delete from notices where account_id = :account and id = :notice
