-- The audit trail: chained entries, and which messages they are about.

-- name: extend_audit_chain
insert into audit_chains (chain, length) values (:chain, 1)
on conflict (chain) do update set length = audit_chains.length + 1
returning length, hash

-- name: set_audit_hash
update audit_chains set hash = :hash where chain = :chain

-- name: audit_name
select name, login from users where id = :user

-- name: insert_audit
insert into audit (chain, number, at, user_id, user_name, user_login, action, subject, detail, salt, said, hash)
values (:chain, :number, :at, :user_id, :user_name, :user_login, :action, :subject, :detail, :salt, :said, :hash)

-- name: insert_audit_message
insert into audit_messages (account_id, message_id, number) values (:account, :message, :number)

-- name: audit_at
select at from audit where chain = :chain and number = :number

-- name: list_audit
select chain, number, at, user_id, user_name, user_login, action, subject, detail, salt, said, hash from audit
where (at, chain, number) < (:at, :chain, :number) and at >= :since and at < :until and action like :kind
order by at desc, chain desc, number desc limit :limit

-- name: list_audit_of_user
select chain, number, at, user_id, user_name, user_login, action, subject, detail, salt, said, hash from audit
where user_id = :user and (at, chain, number) < (:at, :chain, :number) and at >= :since and at < :until
      and action like :kind
order by at desc, chain desc, number desc limit :limit

-- name: audit_portion_end
select at, chain, number from audit where (at, chain, number) < (:at, :chain, :number) and detail like '%"whom":%'
order by at desc, chain desc, number desc limit 1 offset :skipped

-- name: list_audit_about
select chain, number, at, user_id, user_name, user_login, action, subject, detail, salt, said, hash from audit
where (at, chain, number) < (:at, :chain, :number) and (at, chain, number) >= (:to_at, :to_chain, :to_number)
      and detail like '%"whom":%' and detail like :needle and (user_id is null or user_id <> :user)
order by at desc, chain desc, number desc

-- name: has_come_in
select 1 as found from audit
where user_id = :user_id and action in ('login.begun', 'invitation.accepted', 'user.identity_noted') limit 1

-- name: list_added_by_provider
-- By the index of users: of what nobody has done there is little, of chain 0 (+ 0 keeps its index out) much.
select detail from audit where user_id is null and action = 'user.created' and chain + 0 = 0

-- name: list_audit_of_account
select chain, number, at, user_id, user_name, user_login, action, subject, detail, salt, said, hash from audit
where chain = :account and number < :below and at >= :since and at < :until
      and action like :kind and (:user = -1 or user_id = :user)
order by number desc limit :limit

-- name: list_audit_of_message
select a.chain, a.number, a.at, a.user_id, a.user_name, a.user_login, a.action, a.subject, a.detail, a.salt,
       a.said, a.hash
from audit_messages m join audit a on a.chain = m.account_id and a.number = m.number
where m.account_id = :account and m.message_id = :message and m.number < :below
      and a.at >= :since and a.at < :until and a.action like :kind and (:user = -1 or a.user_id = :user)
order by m.number desc limit :limit

-- name: list_told_audit_of_message
select a.chain, a.number, a.at, a.user_id, a.user_name, a.user_login, a.action, a.subject, a.detail, a.salt,
       a.said, a.hash
from audit_messages m join audit a on a.chain = m.account_id and a.number = m.number
where m.account_id = :account and m.message_id = :message and m.number < :below and a.action like 'mail.%'
      and (a.action <> 'mail.read' or a.user_id = :user
           or exists (select 1 from users u where u.id = a.user_id and u.shows_reading = 1))
order by m.number desc limit :limit

-- name: list_audit_chains
select chain, length, hash, base, base_hash, anchored, anchor from audit_chains order by chain

-- name: get_audit_chain
select chain, length, hash, base, base_hash, anchored, anchor from audit_chains where chain = :chain

-- name: list_unanchored_audit_chains
select chain, length, hash, base, base_hash, anchored, anchor from audit_chains
where length > anchored and chain > :after order by chain limit :limit

-- name: set_audit_anchor
update audit_chains set anchored = :anchored, anchor = :anchor where chain = :chain and anchored < :anchored

-- name: list_audit_chain
select chain, number, at, user_id, user_name, user_login, action, subject, detail, salt, said, hash from audit
where chain = :chain and number > :after order by number limit :limit

-- name: set_audit_base
update audit_chains set base = :number, base_hash = :hash where chain = :chain

-- name: delete_audit_messages
delete from audit_messages where account_id = :chain and number <= :number

-- name: delete_audit
delete from audit where chain = :chain and number <= :number

-- name: erase_audit
update audit set user_name = null, user_login = null, subject = :subject, detail = :detail, salt = null
where chain = :chain and number = :number and hash is not null

-- name: chain_older_audit
update audit set salt = :salt, said = :said, hash = :hash where chain = :chain and number = :number and hash is null

-- name: is_any_audit_chain_anchored
select 1 as found from audit_chains where anchor is not null limit 1

-- name: list_audit_messages
select number, message_id from audit_messages
where account_id = :chain and number > :after and number <= :through

-- name: unsealed_audit
select cast(coalesce(sum(c.length - c.anchored), 0) as bigint) as total, min(a.at) as at
from audit_chains c left join audit a on a.chain = c.chain and a.number = c.anchored + 1
where c.length > c.anchored
