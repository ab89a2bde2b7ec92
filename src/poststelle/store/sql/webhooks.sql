-- Webhooks that are told of activity records, and what they are to be told.

-- name: list_webhooks
select w.id, w.account_id, w.name, w.sealed, w.created_at, w.failures, w.next_at, w.failing_since, w.taken_at,
       w.problem, w.paused_at, w.is_given_up
from webhooks w order by w.name_key

-- name: get_webhook
select w.id, w.account_id, w.name, w.sealed, w.created_at, w.failures, w.next_at, w.failing_since, w.taken_at,
       w.problem, w.paused_at, w.is_given_up
from webhooks w where w.id = :id

-- Those for all mailboxes are not told of what a VIP mailbox leaves behind: who is, is named for it.
-- name: list_webhooks_of_account
select id from webhooks where account_id = :account or (account_id is null and not exists (
    select 1 from accounts a where a.id = :account and a.is_vip = 1))
order by id

-- name: list_webhooks_ever_of_account
select id from webhooks where account_id = :account or account_id is null order by id

-- name: insert_webhook
insert into webhooks (id, account_id, name, name_key, sealed, created_at)
values (:id, :account, :name, :name_key, :sealed, :at)
on conflict (name_key) do nothing

-- name: get_webhook_by_name
select id from webhooks where name_key = :name_key

-- name: rename_webhook
update webhooks set name = :name, name_key = :name_key where id = :id

-- name: set_webhook_sealed
update webhooks set sealed = :sealed where id = :id

-- name: destroy_webhook
delete from webhooks where id = :id

-- name: pause_webhook
update webhooks set paused_at = :at, is_given_up = :is_given_up where id = :id and paused_at is null

-- name: begin_webhook_anew
update webhooks
set paused_at = null, is_given_up = 0, failures = 0, next_at = 0, failing_since = null
where id = :id

-- name: rest_webhook
update webhooks
set failures = :failures, next_at = :next_at, failing_since = coalesce(failing_since, :now), problem = :problem
where id = :id

-- name: webhook_has_taken
update webhooks set failures = 0, next_at = 0, failing_since = null, problem = null, taken_at = :now
where id = :id

-- name: forget_webhook_failures
update webhooks set failures = 0, next_at = 0, failing_since = null, problem = null where id = :id

-- name: bring_webhooks_forward
update webhooks set next_at = :now where next_at > :latest

-- What waits, and what was given up: by webhook.

-- name: count_webhook_waiting
select count(*) as total from webhook_deliveries where webhook_id = :webhook and state = 'waiting'

-- name: list_webhook_backlogs
select w.id, w.name, w.paused_at, w.is_given_up, w.failing_since, w.problem,
       (select count(*) from webhook_deliveries d where d.webhook_id = w.id and d.state = 'waiting') as waiting,
       (select min(d.failed_since) from webhook_deliveries d
        where d.webhook_id = w.id and d.state = 'waiting') as failed_since,
       (select count(*) from webhook_deliveries d where d.webhook_id = w.id and d.state = 'refused') as refused
from webhooks w order by w.name_key

-- name: get_webhook_refused
select count(*) as total, min(ended_at) as since from webhook_deliveries
where webhook_id = :webhook and state = 'refused'

-- name: insert_webhook_delivery
insert into webhook_deliveries (id, webhook_id, event, kind, account_id, message_id)
values (:id, :webhook, :event, :kind, :account, :message)

-- name: insert_webhook_lane
insert into webhook_lanes (webhook_id, lane, delivery_id) values (:webhook, :lane, :delivery)
on conflict do nothing

-- name: delete_webhook_lanes_of_delivery
delete from webhook_lanes where delivery_id = :delivery

-- name: delete_webhook_lane
delete from webhook_lanes where webhook_id = :webhook and lane = :lane

-- name: list_webhooks_to_send
select w.id from webhooks w
where w.paused_at is null and w.next_at <= :now and exists (
  select 1 from webhook_deliveries d
  where d.webhook_id = w.id and d.state = 'waiting' and d.due_at <= :now and d.claimed_until <= :now)
order by w.next_at, w.id

-- Not behind another one in any of its lanes.

-- name: list_due_webhook_deliveries
select d.id, d.webhook_id, d.event, d.kind, d.account_id, d.message_id, d.state, d.claimed_until, d.attempts,
       d.failed_since, d.tried_at, d.answer, d.ended_at
from webhook_deliveries d
where d.webhook_id = :webhook and d.state = 'waiting' and d.due_at <= :now and d.claimed_until <= :now
  and not exists (
    select 1 from webhook_lanes mine
    join webhook_lanes other on other.webhook_id = mine.webhook_id and other.lane = mine.lane
                            and other.delivery_id < mine.delivery_id
    where mine.delivery_id = d.id)
order by d.due_at, d.id limit :limit

-- name: get_webhook_delivery
select d.id, d.webhook_id, d.event, d.kind, d.account_id, d.message_id, d.state, d.claimed_until, d.attempts,
       d.failed_since, d.tried_at, d.answer, d.ended_at
from webhook_deliveries d where d.id = :id and d.webhook_id = :webhook

-- name: list_tried_webhook_deliveries
select d.id, d.webhook_id, d.event, d.kind, d.account_id, d.message_id, d.state, d.claimed_until, d.attempts,
       d.failed_since, d.tried_at, d.answer, d.ended_at
from webhook_deliveries d where d.webhook_id = :webhook and d.tried_at is not null
order by d.tried_at desc, d.id desc limit :limit

-- name: claim_webhook_delivery
update webhook_deliveries set claimed_until = :until, holder = :holder
where id = :id and state = 'waiting' and claimed_until <= :now

-- name: free_webhook_deliveries
update webhook_deliveries set claimed_until = 0
where state = 'waiting' and claimed_until > 0 and holder = :holder

-- A claim that has lapsed is not given back: somebody else may be at it.

-- name: end_webhook_delivery
update webhook_deliveries
set state = :state, answer = :answer, tried_at = :now, ended_at = :now, attempts = attempts + 1, claimed_until = 0
where id = :id and state = 'waiting' and claimed_until = :claimed_until

-- name: put_off_webhook_delivery
update webhook_deliveries
set answer = :answer, tried_at = :now, due_at = :due_at, attempts = attempts + 1, claimed_until = 0,
    failed_since = coalesce(failed_since, :now)
where id = :id and state = 'waiting' and claimed_until = :claimed_until

-- name: drop_webhook_delivery
update webhook_deliveries set state = 'dropped', ended_at = :now, claimed_until = 0
where id = :id and (state = 'refused' or state = 'waiting' and claimed_until <= :now)

-- name: reopen_webhook_delivery
update webhook_deliveries
set state = 'waiting', due_at = 0, attempts = 0, failed_since = null, ended_at = null
where id = :id and claimed_until <= :now

-- name: hurry_webhook_deliveries
update webhook_deliveries set due_at = 0 where webhook_id = :webhook and state = 'waiting' and due_at > 0

-- name: bring_webhook_deliveries_forward
update webhook_deliveries set due_at = :now, claimed_until = 0
where state = 'waiting' and (due_at > :latest or claimed_until > :latest)

-- What tells of records that there are no more. The last word on them is told all the same.

-- name: delete_waiting_of_records
delete from webhook_deliveries
where account_id = :account and message_id {in_ints :ids} and state = 'waiting' and kind <> 'erased'
  and claimed_until <= :now

-- name: delete_old_webhook_deliveries
delete from webhook_deliveries where id in (
  select id from webhook_deliveries where ended_at < :before order by ended_at limit :limit)
