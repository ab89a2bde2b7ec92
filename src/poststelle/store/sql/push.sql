-- Push subscriptions and what each has been told.

-- name: insert_push_subscription
insert into push_subscriptions (id, user_id, login_hash, token_hash, device_client_id, sealed, types, arrivals,
                                expires_at, next_at)
values (:id, :user_id, :login_hash, :token_hash, :device_client_id, :sealed, :types, :arrivals, :expires_at, :next_at)

-- name: list_push_subscriptions
select id, user_id, login_hash, token_hash, device_client_id, sealed, types, arrivals, expires_at,
       is_code_sent, is_verified, next_at, failures
from push_subscriptions
where (login_hash = :credential or token_hash = :credential) and expires_at > :now
order by id

-- name: get_push_subscription
select id, user_id, login_hash, token_hash, device_client_id, sealed, types, arrivals, expires_at,
       is_code_sent, is_verified, next_at, failures
from push_subscriptions where id = :id

-- name: count_push_subscriptions
select count(*) as total from push_subscriptions where user_id = :user_id

-- name: update_push_subscription
update push_subscriptions
set types = :types, arrivals = :arrivals, expires_at = :expires_at, is_verified = :is_verified
where id = :id

-- name: destroy_push_subscription
delete from push_subscriptions where id = :id

-- name: destroy_expired_push_subscriptions
delete from push_subscriptions where expires_at <= :now

-- let among.all:
-- let among.these: and s.id {in_ints :ids}

-- Those that are to be told something: their code, or that an account changed which they may know of.
-- name: list_due_push_subscriptions_{among}
select s.id
from push_subscriptions s
join users u on u.id = s.user_id
left join api_tokens k on k.token_hash = s.token_hash
where s.next_at <= :now and s.expires_at > :now and u.is_active = 1
  and (s.held_until is null or s.held_until <= :now)
  and (s.is_code_sent = 0 or (s.is_verified = 1 and exists (
    select 1 from grants g
    join accounts a on a.id = g.account_id
    left join push_told t on t.subscription_id = s.id and t.account_id = a.id
    where g.user_id = s.user_id and a.modseq > coalesce(t.modseq, -1)
      and (k.id is null or k.is_for_all = 1 or exists (
        select 1 from api_token_accounts x where x.token_id = k.id and x.account_id = a.id)))))
  {among}
order by s.next_at, s.id limit :limit

-- Those that may be due by what was heard of accounts, or because their rest, their claim or their quiet has ended.
-- name: list_stirred_push_subscriptions
select s.id from grants g join push_subscriptions s on s.user_id = g.user_id where g.account_id {in_ints :accounts}
union
select id from push_subscriptions
where (next_at > :since and next_at <= :now) or (held_until > :since and held_until <= :now)

-- name: hold_push_subscription
update push_subscriptions set held_until = :until where id = :id

-- name: release_push_subscriptions
update push_subscriptions set held_until = null where user_id = :user and held_until is not null

-- name: release_far_off_push_subscriptions
update push_subscriptions set held_until = null where held_until > :latest

-- name: claim_push_subscription
update push_subscriptions set next_at = :until, holder = :holder where id = :id and next_at <= :now

-- name: settle_push_subscription
update push_subscriptions
set next_at = :next_at, holder = null, failures = :failures, is_code_sent = :is_code_sent
where id = :id and next_at = :claimed_until

-- name: free_push_subscriptions
update push_subscriptions set next_at = 0, holder = null where holder = :holder

-- name: list_push_told
select account_id, modseq from push_told where subscription_id = :id

-- name: upsert_push_told
insert into push_told (subscription_id, account_id, modseq) values (:id, :account, :modseq)
on conflict (subscription_id, account_id) do update set modseq = excluded.modseq

-- name: list_modseqs
select id, modseq from accounts where id {in_ints :accounts}
