-- What is kept of one user, for that user. Never a secret, a hash of one, or what is sealed.

-- name: personal_profile
select id, login, name, sender_name, email, phone, position, is_active, may_settings, language, theme, shows_reading, quiet_hours,
       paused_until, mail_page, created_at
from users where id = :user

-- name: personal_logins
select created_at, last_seen_at, expires_at, user_agent from logins where user_id = :user order by created_at

-- name: personal_code_apps
select created_at from code_apps where user_id = :user

-- name: personal_passkeys
select name, created_at, last_used_at from passkeys where user_id = :user order by id

-- name: personal_invitations
select created_at, expires_at from invitations where user_id = :user

-- name: personal_identities
select issuer, subject, created_at from identities where user_id = :user order by issuer, subject

-- name: personal_api_tokens
select name, level, is_for_all, administration, created_at, expires_at, last_used_at
from api_tokens where user_id = :user order by id

-- name: personal_grants
select a.address, g.level, g.own_level, g.granted_at from grants g join accounts a on a.id = g.account_id
where g.user_id = :user order by a.address

-- name: personal_assignments
select a.address, case when s.since > -4611686018427387904 then s.since end as since,
       case when s.until < 4611686018427387904 then s.until end as ended_at
from assignments s join accounts a on a.id = s.account_id
where s.user_id = :user order by a.address, s.since

-- name: personal_team_members
select t.name from team_members m join teams t on t.id = m.team_id where m.user_id = :user order by t.name

-- name: personal_push_subscriptions
select device_client_id, types, expires_at, is_verified from push_subscriptions where user_id = :user order by id

-- name: personal_sign_ins
select a.address, s.kind, s.username, s.state, s.created_at, s.lost_at
from sign_ins s join accounts a on a.id = s.account_id where s.user_id = :user order by s.id

-- name: personal_favourites
select a.address, f.name as folder, v.place
from favourites v join accounts a on a.id = v.account_id
     join folders f on f.account_id = v.account_id and f.id = v.folder_id
where v.user_id = :user order by a.address, v.place

-- name: personal_folder_wishes
select a.address, f.name as folder, v.is_subscribed
from folder_wishes v join accounts a on a.id = v.account_id
     join folders f on f.account_id = v.account_id and f.id = v.folder_id
where v.user_id = :user order by a.address, f.name

-- name: personal_picture_senders
select address, allowed_at from picture_senders where user_id = :user order by address

-- name: personal_notices
select a.address, n.at, n.kind from notices n join accounts a on a.id = n.account_id
where n.user_id = :user order by n.at

-- name: personal_submissions
select a.address, s.state, s.recipients, s.created_at, s.send_at, s.ended_at
from submissions s join accounts a on a.id = s.account_id where s.created_by = :user order by s.created_at

-- name: personal_share_notifications
select name, old_level, new_level, changed_by_name, created_at
from share_notifications where user_id = :user order by created_at

-- name: personal_identity_texts
select a.address, t.email_key as email, t.name, t.reply_to, t.bcc
from identity_texts t join accounts a on a.id = t.account_id where t.user_id = :user order by a.address, t.email_key

-- name: personal_boilerplate
select kind, name, subject, html, plain, recipients from boilerplate where user_id = :user order by id

-- name: personal_recipient_groups
select name, members from recipient_groups where user_id = :user order by id

-- name: personal_presences
select a.address, p.is_answering, p.since, p.ends_at
from presences p join accounts a on a.id = p.account_id where p.user_id = :user order by p.since
