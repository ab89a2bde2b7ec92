-- Subscriptions at the provider.

-- name: get_subscription
select account_id, remote_id, secret_hash, url, expires_at, renewed_at, failures, problem, is_asked
from subscriptions where account_id = :account

-- name: list_subscriptions_by_remote
select account_id, remote_id, secret_hash, url, expires_at, renewed_at, failures, problem, is_asked
from subscriptions where remote_id {in_texts :remote_ids}

-- name: list_due_subscriptions
select s.account_id from subscriptions s join accounts a on a.id = s.account_id
where s.due_at <= :now and (s.claimed_until is null or s.claimed_until <= :now)
  and a.type = 'graph' and a.state = 'connected' and (a.is_active = 1 or s.remote_id is not null)
order by s.due_at limit :limit

-- Where none is wanted, accounts without one are due all the time: those that have one are few.

-- name: list_due_unwanted_subscriptions
select s.account_id from subscriptions s join accounts a on a.id = s.account_id
where s.remote_id is not null and s.due_at <= :now and (s.claimed_until is null or s.claimed_until <= :now)
  and a.type = 'graph' and a.state = 'connected'
limit :limit

-- name: add_missing_subscriptions
insert into subscriptions (account_id, due_at)
select a.id, :now from accounts a
where a.type = 'graph' and a.state = 'connected' and a.is_active = 1
  and not exists (select 1 from subscriptions s where s.account_id = a.id)
on conflict (account_id) do nothing

-- name: claim_subscription
insert into subscriptions (account_id, due_at, claimed_until, fence)
select id, :now, :until, 1 from accounts where id = :account
on conflict (account_id) do update set claimed_until = excluded.claimed_until, fence = subscriptions.fence + 1
where subscriptions.claimed_until is null or subscriptions.claimed_until <= :now
returning fence

-- name: hold_subscription
update subscriptions set claimed_until = :until
where account_id = :account and fence = :fence and claimed_until is not null

-- name: note_subscription_asked
update subscriptions set is_asked = :is_asked
where account_id = :account and fence = :fence and claimed_until is not null

-- name: keep_subscription
update subscriptions
set remote_id = :remote_id, secret_hash = :secret_hash, url = :url, expires_at = :expires_at, renewed_at = :now,
    due_at = :due_at, failures = 0, problem = null, claimed_until = null, is_asked = 0
where account_id = :account and fence = :fence and claimed_until is not null

-- name: put_off_subscription
update subscriptions
set due_at = :due_at, failures = failures + 1, problem = :problem, claimed_until = null
where account_id = :account and fence = :fence and claimed_until is not null

-- name: lose_subscription
update subscriptions set remote_id = null, expires_at = null where account_id = :account

-- name: set_subscription_due
insert into subscriptions (account_id, due_at) select id, :now from accounts where id = :account and type = 'graph'
on conflict (account_id) do update set due_at = excluded.due_at

-- name: retire_subscriptions
update subscriptions set due_at = :now, expires_at = null where url <> :url and expires_at is not null

-- name: release_subscription
update subscriptions set claimed_until = null where account_id = :account and fence = :fence

-- name: destroy_subscription
delete from subscriptions where account_id = :account
