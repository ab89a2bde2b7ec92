-- What needs a person, over all accounts, and of what administrators were told.

-- name: list_queues
select account_id, count(*) as total, min(since) as since from (
    select account_id, created_at as since from writeback_ops
    union all select account_id, created_at from folder_ops
    union all select account_id, send_at from submissions
    where state in ('pending', 'sending') and due_at >= 0 and send_at <= :now) q
group by account_id

-- name: list_troubles
select id, since, told_at, over_at from troubles order by since, id

-- name: put_trouble
insert into troubles (id, since) values (:id, :since) on conflict (id) do update set over_at = null

-- name: destroy_untold_trouble
delete from troubles where id = :id and told_at is null

-- name: end_trouble
update troubles set over_at = :at where id = :id and over_at is null

-- name: claim_trouble
update troubles set claimed_until = :until where id = :id and claimed_until <= :now

-- name: tell_trouble
update troubles set told_at = :at where id = :id and over_at is null

-- name: destroy_ended_trouble
delete from troubles where id = :id and over_at is not null
