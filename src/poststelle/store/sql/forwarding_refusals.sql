-- Mailboxes whose forwarded mail came back.

-- name: get_forwarding_refusal
select at from forwarding_refusals where account_id = :account

-- name: list_forwarding_refusals
select account_id, at from forwarding_refusals

-- name: put_forwarding_refusal
insert into forwarding_refusals (account_id, at) values (:account, :at)
on conflict (account_id) do update set at = excluded.at where excluded.at > forwarding_refusals.at

-- name: destroy_forwarding_refusal
delete from forwarding_refusals where account_id = :account
