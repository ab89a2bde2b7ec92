-- Accounts, grants, sign-ins and settings.

-- name: insert_account
insert into accounts (id, epoch, modseq, next_id, type, address, address_key, name, state, state_reason,
                      is_active, created_at, created_by)
values (:id, :epoch, 0, 1, :type, :address, :address_key, :name, :state, :state_reason,
        :is_active, :created_at, :created_by)
on conflict (address_key) do nothing

-- name: get_account
select id, type, address, name, state, state_reason, is_active, is_shared, history_months,
       history_from, is_vip, created_at, created_by
from accounts where id = :id

-- name: get_accounts
select id, type, address, name, state, state_reason, is_active, is_shared, history_months,
       history_from, is_vip, created_at, created_by
from accounts where id {in_ints :ids}

-- name: list_accounts
select id, type, address, name, state, state_reason, is_active, is_shared, history_months,
       history_from, is_vip, created_at, created_by
from accounts order by address_key, id

-- name: set_account_state
update accounts set state = :state, state_reason = :state_reason where id = :id

-- name: set_account_options
update accounts set name = :name, is_active = :is_active where id = :id

-- name: set_account_vip
update accounts set is_vip = :is_vip where id = :id and is_vip <> :is_vip

-- name: set_account_address
update accounts set address = :address where id = :id and address_key = :address_key

-- name: destroy_account
delete from accounts where id = :id

-- name: list_identity_texts
select email_key, name, reply_to, bcc, signature_id, answer_signature_id from identity_texts
where account_id = :account and user_id = :user

-- name: upsert_identity_texts
insert into identity_texts
    (account_id, user_id, email_key, name, reply_to, bcc, signature_id, answer_signature_id)
values (:account, :user, :email_key, :name, :reply_to, :bcc, :signature_id, :answer_signature_id)
on conflict (account_id, user_id, email_key)
do update set name = excluded.name, reply_to = excluded.reply_to, bcc = excluded.bcc,
    signature_id = excluded.signature_id, answer_signature_id = excluded.answer_signature_id

-- name: boilerplate_is_chosen_elsewhere
select 1 as one from identity_texts
where user_id = :user and (signature_id = :id or answer_signature_id = :id)
  and not (account_id = :account and email_key = :email_key)
limit 1

-- name: get_grant_level
select g.level from grants g join users u on u.id = g.user_id
where g.user_id = :user_id and g.account_id = :account_id and u.is_active = 1

-- name: list_grants_of_user
select g.account_id, g.user_id, g.level from grants g join users u on u.id = g.user_id
where g.user_id = :user_id and u.is_active = 1 order by g.account_id

-- name: list_grants_of_account
select account_id, user_id, level from grants where account_id = :account_id order by user_id

-- name: list_grants
select account_id, user_id, level from grants order by account_id, user_id

-- name: upsert_grant
insert into grants (account_id, user_id, level, own_level, granted_at, granted_by)
values (:account_id, :user_id, :level, :own_level, :granted_at, :granted_by)
on conflict (account_id, user_id)
do update set level = excluded.level, own_level = excluded.own_level, granted_at = excluded.granted_at,
    granted_by = excluded.granted_by

-- name: destroy_grant
delete from grants where user_id = :user_id and account_id = :account_id

-- name: leave_grant_to_teams
update grants set level = :level, own_level = null where user_id = :user_id and account_id = :account_id

-- name: get_own_level
select own_level from grants where user_id = :user_id and account_id = :account_id

-- name: list_own_levels
select account_id, user_id, own_level from grants where own_level is not null order by account_id, user_id

-- name: get_team_level
select max(g.level) as level from team_grants g join team_members m on m.team_id = g.team_id
where g.account_id = :account_id and m.user_id = :user_id

-- name: insert_team
insert into teams (id, name, name_key, created_at) values (:id, :name, :name_key, :created_at)
on conflict (name_key) do nothing

-- name: rename_team
update teams set name = :name, name_key = :name_key where id = :id

-- name: get_team_by_name
select id from teams where name_key = :name_key

-- name: list_teams
select id, name from teams order by name_key

-- name: list_team_members
select team_id, user_id from team_members order by team_id, user_id

-- name: insert_team_member
insert into team_members (team_id, user_id) values (:team_id, :user_id) on conflict (team_id, user_id) do nothing

-- name: destroy_team_member
delete from team_members where team_id = :team_id and user_id = :user_id

-- name: destroy_team
delete from teams where id = :id

-- name: list_team_grants
select account_id, team_id, level from team_grants order by account_id, team_id

-- name: upsert_team_grant
insert into team_grants (account_id, team_id, level) values (:account_id, :team_id, :level)
on conflict (account_id, team_id) do update set level = excluded.level

-- name: destroy_team_grant
delete from team_grants where account_id = :account_id and team_id = :team_id

-- name: set_account_shared
update accounts set is_shared = :is_shared where id = :id and is_shared <> :is_shared

-- name: insert_sign_in
insert into sign_ins (id, account_id, rank, kind, user_id, remote_user, tenant, username, authority, token_cache,
                      state, state_reason, lost_at, created_at, refreshed_at, renew_at)
values (:id, :account_id, :rank, :kind, :user_id, :remote_user, :tenant, :username, :authority, :token_cache,
        :state, :state_reason, :lost_at, :created_at, :refreshed_at, :renew_at)

-- name: get_sign_in
select id, account_id, rank, kind, user_id, remote_user, tenant, username, authority, token_cache,
       state, state_reason, lost_at, created_at, refreshed_at
from sign_ins where id = :id

-- name: get_sign_in_in_use
select id, account_id, rank, kind, user_id, remote_user, tenant, username, authority, token_cache,
       state, state_reason, lost_at, created_at, refreshed_at
from sign_ins where account_id = :account_id and state = 'active' order by rank, id limit 1

-- name: list_sign_ins_of_account
select id, account_id, rank, kind, user_id, remote_user, tenant, username, authority, token_cache,
       state, state_reason, lost_at, created_at, refreshed_at
from sign_ins where account_id = :account_id order by rank, id

-- name: list_sign_ins
select id, account_id, rank, kind, user_id, remote_user, tenant, username, authority, token_cache,
       state, state_reason, lost_at, created_at, refreshed_at
from sign_ins order by account_id, rank, id

-- name: get_any_tenant
select tenant from sign_ins where tenant <> '' and tenant <> :but order by account_id, rank, id limit 1

-- name: set_sign_in_rank
update sign_ins set rank = :rank where id = :id

-- name: set_sign_in_state
update sign_ins set state = :state, state_reason = :state_reason, lost_at = :lost_at, renew_at = :renew_at
where id = :id and state <> :state

-- name: set_token_cache
update sign_ins set token_cache = :token_cache, refreshed_at = :refreshed_at, renew_at = :renew_at where id = :id

-- name: list_sign_ins_due
select id from sign_ins
where renew_at <= :now and (state = 'active' or kind = 'application' or state_reason not like 'AADSTS%' or state_reason {in_texts :passing})
order by renew_at, id limit :limit

-- name: set_sign_in_reason
update sign_ins set state_reason = :state_reason, renew_at = :renew_at where id = :id and state = 'lost'

-- name: put_off_sign_in
update sign_ins set renew_at = :renew_at where id = :id

-- name: destroy_sign_in
delete from sign_ins where id = :id

-- name: destroy_sign_ins
delete from sign_ins where account_id = :account_id

-- name: get_app_trouble
select client_id, code, at from app_troubles where client_id = :client_id

-- name: insert_app_trouble
insert into app_troubles (client_id, code, at) values (:client_id, :code, :at)

-- name: destroy_app_trouble
delete from app_troubles where client_id = :client_id

-- name: insert_sign_in_flow
insert into sign_in_flows (state_hash, account_id, user_id, flow, created_at, expires_at)
values (:state_hash, :account_id, :user_id, :flow, :created_at, :expires_at)

-- name: get_sign_in_flow
select state_hash, account_id, user_id, flow, created_at, expires_at
from sign_in_flows where state_hash = :state_hash and expires_at > :now

-- name: destroy_sign_in_flow
delete from sign_in_flows where state_hash = :state_hash

-- name: destroy_older_sign_in_flows
delete from sign_in_flows
where user_id = :user_id and account_id = :account_id and state_hash not in (
    select state_hash from sign_in_flows where user_id = :user_id and account_id = :account_id
    order by created_at desc, state_hash limit :kept)

-- name: destroy_expired_sign_in_flows
delete from sign_in_flows where expires_at <= :now

-- name: get_setting
select value, sealed from settings where key = :key

-- name: upsert_setting
insert into settings (key, value, sealed, changed_at, changed_by)
values (:key, :value, :sealed, :changed_at, :changed_by)
on conflict (key) do update set value = excluded.value, sealed = excluded.sealed,
                                changed_at = excluded.changed_at, changed_by = excluded.changed_by

-- name: destroy_setting
delete from settings where key = :key

-- name: list_settings
select key, value, sealed from settings order by key

-- name: list_settings_below
select key, value, sealed from settings where key like :pattern order by key

-- name: has_account_address
select 1 as found from accounts where address_key = :email_key
union all
select 1 as found from account_addresses where email_key = :email_key
limit 1
