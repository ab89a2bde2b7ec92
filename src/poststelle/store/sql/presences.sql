-- Who is reading or answering what. What is said stands while its time, its login or token, its user and the grant do;
-- of a user who does not show what they read, only answers.
-- let stands: p.ends_at > :now and (exists (select 1 from logins l where l.token_hash = p.login_key and l.expires_at > :now) or exists (select 1 from api_tokens t where t.token_hash = p.login_key and (t.expires_at is null or t.expires_at > :now))) and exists (select 1 from grants g where g.account_id = p.account_id and g.user_id = p.user_id) and exists (select 1 from users u where u.id = p.user_id and u.is_active = 1 and (p.is_answering = 1 or u.shows_reading = 1))

-- name: list_presences
select p.user_id, n.name, p.message_id, p.is_answering, p.since, p.ends_at
from presences p join users n on n.id = p.user_id
where p.account_id = :account and {stands}
order by p.since, p.user_id, p.message_id

-- name: list_presences_said
select message_id, is_answering, since, ends_at from presences
where account_id = :account and user_id = :user_id and login_key = :login_key and client = :client
order by message_id

-- name: count_presence_clients
select count(*) as others from (
    select distinct login_key, client from presences
    where account_id = :account and user_id = :user_id and ends_at > :now
      and not (login_key = :login_key and client = :client)) q

-- name: upsert_presence
insert into presences (account_id, user_id, login_key, client, message_id, is_answering, since, ends_at)
values (:account, :user_id, :login_key, :client, :message_id, :is_answering, :since, :ends_at)
on conflict (account_id, user_id, login_key, client, message_id)
do update set is_answering = excluded.is_answering, since = excluded.since, ends_at = excluded.ends_at

-- name: delete_presences
delete from presences
where account_id = :account and user_id = :user_id and login_key = :login_key and client = :client
  and message_id {in_ints :ids}

-- name: list_accounts_of_ended_presences
select distinct p.account_id from presences p where not ({stands}) order by p.account_id

-- name: delete_ended_presences
delete from presences as p where p.account_id = :account and not ({stands})
