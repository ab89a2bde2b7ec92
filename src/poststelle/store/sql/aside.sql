-- What nobody can do while its account waits for a sign-in, or nothing is fetched for it, is set aside: due so late
-- that who asks what is due does not pass over it again and again.

-- let changes.writeback_ops: writeback_ops
-- let changes.folder_ops: folder_ops

-- name: list_idle_syncs
select s.account_id from sync_states s join accounts a on a.id = s.account_id
where s.due_at <= :now and (a.state <> 'connected' or a.is_active = 0)
order by s.due_at limit :limit

-- name: list_idle_{changes}
select distinct c.account_id from {changes} c join accounts a on a.id = c.account_id
where c.due_at <= :now and c.kind <> 'create' and (c.is_in_flight = 0 or c.claimed_until <= :now)
  and a.state <> 'connected'
limit :limit

-- name: list_idle_subscriptions
select s.account_id from subscriptions s join accounts a on a.id = s.account_id
where s.due_at <= :now and (s.claimed_until is null or s.claimed_until <= :now)
  and (a.type <> 'graph' or a.state <> 'connected' or (a.is_active = 0 and s.remote_id is null))
order by s.due_at limit :limit

-- name: set_syncs_aside
update sync_states set due_at = {aside}
where account_id {in_ints :accounts} and due_at <= :now and exists (
    select 1 from accounts a where a.id = sync_states.account_id and (a.state <> 'connected' or a.is_active = 0))

-- name: set_{changes}_aside
update {changes} set due_at = {aside}
where account_id {in_ints :accounts} and due_at <= :now and kind <> 'create'
  and (is_in_flight = 0 or claimed_until <= :now)
  and exists (select 1 from accounts a where a.id = {changes}.account_id and a.state <> 'connected')

-- name: set_subscriptions_aside
update subscriptions set due_at = {aside}
where account_id {in_ints :accounts} and due_at <= :now and (claimed_until is null or claimed_until <= :now)
  and exists (select 1 from accounts a where a.id = subscriptions.account_id and (
      a.type <> 'graph' or a.state <> 'connected' or (a.is_active = 0 and subscriptions.remote_id is null)))

-- name: bring_{changes}_back_of
update {changes} set due_at = :now where account_id = :account and due_at = {aside}

-- name: bring_{changes}_back
update {changes} set due_at = :now
where due_at = {aside} and account_id in (select id from accounts where state = 'connected')

-- name: bring_syncs_back
update sync_states set due_at = :now
where due_at = {aside} and account_id in (select id from accounts where state = 'connected' and is_active = 1)

-- name: bring_subscriptions_back
update subscriptions set due_at = :now
where due_at = {aside}
  and account_id in (select id from accounts where type = 'graph' and state = 'connected' and is_active = 1)
