-- Approvals that are waited for, and proofs of what our program may open by itself.

-- name: get_approval
select account_id, code, asked_at, look_at, was_unknown, given_at from approvals where account_id = :account

-- name: list_approvals
select account_id, code, asked_at, look_at, was_unknown, given_at from approvals

-- name: list_approvals_due
select account_id, code, asked_at, look_at, was_unknown, given_at from approvals
where look_at <= :now and given_at is null order by look_at, account_id limit :limit

-- name: put_approval
insert into approvals (account_id, code, asked_at, look_at) values (:account, :code, :asked_at, :asked_at)
on conflict (account_id) do update set code = excluded.code, asked_at = excluded.asked_at,
    look_at = excluded.look_at, was_unknown = 0, given_at = null

-- name: set_approval_looked
update approvals set look_at = :look_at, was_unknown = :was_unknown where account_id = :account

-- name: set_approval_given
update approvals set given_at = :at, look_at = null where account_id = :account and given_at is null

-- name: destroy_approval
delete from approvals where account_id = :account

-- name: get_application_proof
select tenant, client_id, control, opened, control_result, at, user_id, next_at
from application_proofs where tenant = :tenant and client_id = :client_id

-- name: put_application_proof
insert into application_proofs (tenant, client_id, control, opened, control_result, at, user_id, next_at)
values (:tenant, :client_id, :control, :opened, :control_result, :at, :user_id, :next_at)
on conflict (tenant, client_id) do update set control = excluded.control, opened = excluded.opened,
    control_result = excluded.control_result, at = excluded.at, user_id = excluded.user_id,
    next_at = excluded.next_at

-- name: put_application_proof_off
update application_proofs set next_at = :next_at where tenant = :tenant and client_id = :client_id
    and next_at <= :now
