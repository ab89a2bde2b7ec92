-- Who could read which mailbox from when to when.

-- let which.one: and account_id = :account
-- let which.all:

-- name: begin_assignments_{which}
insert into assignments (account_id, user_id, since, until)
select account_id, user_id, :at, :open from grants
where user_id = :user {which} and exists (select 1 from users u where u.id = grants.user_id and u.is_active = 1)
  and not exists (
    select 1 from assignments s
    where s.account_id = grants.account_id and s.user_id = grants.user_id and s.until = :open)
on conflict (account_id, user_id, since) do update set until = excluded.until

-- name: end_assignments_{which}
update assignments set until = :at
where user_id = :user and until = :open {which} and not exists (
    select 1 from grants g join users u on u.id = g.user_id
    where g.account_id = assignments.account_id and g.user_id = assignments.user_id and u.is_active = 1)

-- name: end_assignments_of_account
update assignments set until = :at where account_id = :account and until = :open

-- name: delete_assignments_of_account
delete from assignments where account_id = :account

-- name: list_assignments
select since, until from assignments where account_id = :account and user_id = :user order by since desc
