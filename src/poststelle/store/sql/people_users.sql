-- Users and their logins.

-- name: insert_user
insert into users (id, login, login_key, name, sender_name, email, phone, position, password_hash, is_active, may_settings,
                   language, theme, shows_reading, mail_page, created_at)
values (:id, :login, :login_key, :name, :sender_name, :email, :phone, :position, :password_hash, :is_active, :may_settings,
        :language, :theme, :shows_reading, :mail_page, :created_at)
on conflict (login_key) do nothing

-- name: get_user
select id, login, name, sender_name, email, phone, position, is_active, may_settings, language, theme, shows_reading,
       mail_page, created_at, case when password_hash is null then 0 else 1 end as has_password
from users where id = :id

-- name: list_users
select id, login, name, sender_name, email, phone, position, is_active, may_settings, language, theme, shows_reading,
       mail_page, created_at, case when password_hash is null then 0 else 1 end as has_password
from users order by name, id

-- name: any_user
select id from users limit 1

-- name: update_user
update users
set name = :name, sender_name = :sender_name, email = :email, phone = :phone, position = :position,
    is_active = :is_active, may_settings = :may_settings, language = :language, theme = :theme, shows_reading = :shows_reading, mail_page = :mail_page
where id = :id

-- name: get_quiet_hours
select quiet_hours, paused_until from users where id = :user

-- name: set_quiet_hours
update users set quiet_hours = :hours, paused_until = :until where id = :user

-- name: destroy_user
delete from users where id = :id

-- name: get_credentials
select id, password_hash, is_active, failed_logins, locked_until
from users where login_key = :login_key

-- name: set_password
update users set password_hash = :password_hash, failed_logins = 0, locked_until = null where id = :id

-- name: set_failures
update users set failed_logins = :failed_logins, locked_until = :locked_until where id = :id

-- name: insert_login
insert into logins (token_hash, user_id, created_at, last_seen_at, expires_at, user_agent)
values (:token_hash, :user_id, :created_at, :last_seen_at, :expires_at, :user_agent)

-- name: get_login
select l.token_hash, l.user_id, l.created_at, l.last_seen_at, l.expires_at, l.user_agent
from logins l join users u on u.id = l.user_id
where l.token_hash = :token_hash and l.expires_at > :now and u.is_active = 1

-- name: list_logins
select token_hash, user_id, created_at, last_seen_at, expires_at, user_agent
from logins where user_id = :user_id and expires_at > :now
order by last_seen_at desc, created_at desc, token_hash

-- name: touch_login
update logins set last_seen_at = :last_seen_at, expires_at = :expires_at where token_hash = :token_hash

-- name: destroy_login
delete from logins where token_hash = :token_hash

-- name: destroy_logins_of
delete from logins where user_id = :user_id and token_hash <> :kept

-- name: destroy_expired_logins
delete from logins where expires_at <= :now

-- name: get_code_app
select user_id, sealed, used_step, created_at from code_apps where user_id = :user_id

-- name: put_code_app
insert into code_apps (user_id, sealed, used_step, created_at) values (:user_id, :sealed, :used_step, :created_at)
on conflict (user_id) do update set sealed = excluded.sealed, used_step = excluded.used_step,
    created_at = excluded.created_at

-- name: use_code_step
update code_apps set used_step = :step where user_id = :user_id and used_step < :step

-- name: destroy_code_app
delete from code_apps where user_id = :user_id

-- name: insert_recovery_code
insert into recovery_codes (user_id, code_hash) values (:user_id, :code_hash)

-- name: destroy_recovery_code
delete from recovery_codes where user_id = :user_id and code_hash = :code_hash

-- name: destroy_recovery_codes
delete from recovery_codes where user_id = :user_id

-- name: count_recovery_codes
select count(*) as codes from recovery_codes where user_id = :user_id

-- name: insert_passkey
insert into passkeys (id, user_id, credential_id, public_key, sign_count, transports, name, created_at)
values (:id, :user_id, :credential_id, :public_key, :sign_count, :transports, :name, :created_at)
on conflict (credential_id) do nothing

-- name: list_passkeys
select id, user_id, credential_id, public_key, sign_count, transports, name, created_at, last_used_at
from passkeys where user_id = :user_id order by created_at, id

-- name: get_passkey
select id, user_id, credential_id, public_key, sign_count, transports, name, created_at, last_used_at
from passkeys where credential_id = :credential_id

-- name: use_passkey
update passkeys set sign_count = :sign_count, last_used_at = :now where id = :id and sign_count = :before

-- name: rename_passkey
update passkeys set name = :name where id = :id and user_id = :user_id

-- name: destroy_passkey
delete from passkeys where id = :id and user_id = :user_id

-- name: destroy_passkeys_of
delete from passkeys where user_id = :user_id

-- name: list_users_with_second_factor
select user_id from code_apps union select user_id from passkeys

-- name: insert_ceremony
insert into ceremonies (token_hash, user_id, purpose, sealed, expires_at)
values (:token_hash, :user_id, :purpose, :sealed, :expires_at)

-- name: get_ceremony
select token_hash, user_id, purpose, sealed, expires_at
from ceremonies where token_hash = :token_hash and purpose = :purpose and expires_at > :now

-- name: destroy_ceremony
delete from ceremonies where token_hash = :token_hash

-- name: destroy_ceremonies_of
delete from ceremonies where user_id = :user_id

-- name: destroy_expired_ceremonies
delete from ceremonies where expires_at <= :now

-- name: insert_api_token
insert into api_tokens (id, user_id, token_hash, name, level, is_for_all, created_at, expires_at, administration)
values (:id, :user_id, :token_hash, :name, :level, :is_for_all, :created_at, :expires_at, :administration)

-- name: insert_api_token_account
insert into api_token_accounts (token_id, account_id) values (:token_id, :account_id)

-- name: get_api_token
select t.id, t.user_id, t.token_hash, t.name, t.level, t.is_for_all, t.created_at, t.expires_at, t.last_used_at,
    t.administration
from api_tokens t join users u on u.id = t.user_id
where t.token_hash = :token_hash and (t.expires_at is null or t.expires_at > :now) and u.is_active = 1

-- name: list_api_tokens
select id, user_id, token_hash, name, level, is_for_all, created_at, expires_at, last_used_at, administration
from api_tokens where user_id = :user_id order by created_at desc, id desc

-- name: list_api_token_accounts
select token_id, account_id from api_token_accounts where token_id {in_ints :ids} order by token_id, account_id

-- name: touch_api_token
update api_tokens set last_used_at = :now where id = :id

-- name: destroy_api_token
delete from api_tokens where id = :id and user_id = :user_id

-- name: destroy_api_tokens_of
delete from api_tokens where user_id = :user_id

-- name: destroy_administering_api_tokens_of
delete from api_tokens where user_id = :user_id and administration <> :none

-- name: list_users_with_password
select id from users where password_hash is not null

-- name: upsert_invitation
insert into invitations (user_id, token_hash, created_at, created_by, expires_at)
values (:user_id, :token_hash, :created_at, :created_by, :expires_at)
on conflict (user_id) do update set token_hash = excluded.token_hash, created_at = excluded.created_at,
    created_by = excluded.created_by, expires_at = excluded.expires_at

-- name: get_invitation
select i.user_id from invitations i join users u on u.id = i.user_id
where i.token_hash = :token_hash and i.expires_at > :now and u.is_active = 1

-- name: list_invitations
select user_id, expires_at from invitations where expires_at > :now

-- name: destroy_invitation_of
delete from invitations where user_id = :user_id

-- name: insert_identity
insert into identities (issuer, subject, user_id, created_at)
values (:issuer, :subject, :user_id, :created_at)

-- name: get_identity
select user_id from identities where issuer = :issuer and subject = :subject

-- name: list_identities_of
select issuer, subject, created_at from identities where user_id = :user_id order by created_at, issuer, subject

-- name: list_users_with_identity
select distinct user_id from identities

-- name: list_users_with_identity_at
select distinct user_id from identities where issuer = :issuer

-- name: destroy_identities_of
delete from identities where user_id = :user_id
