-- Values that are sealed under another key than the first, in the order of their rows' keys.

-- name: sealed_elsewhere_in_settings
select key as key, sealed as sealed from settings
where key > :after and substr(sealed, 1, 5) <> :header
order by key limit :limit

-- name: seal_anew_in_settings
update settings set sealed = :sealed where key = :key and sealed = :before

-- name: sealed_elsewhere_in_code_apps
select user_id as key, sealed as sealed from code_apps
where user_id > :after and substr(sealed, 1, 5) <> :header
order by user_id limit :limit

-- name: seal_anew_in_code_apps
update code_apps set sealed = :sealed where user_id = :key and sealed = :before

-- name: sealed_elsewhere_in_ceremonies
select token_hash as key, sealed as sealed from ceremonies
where token_hash > :after and substr(sealed, 1, 5) <> :header
order by token_hash limit :limit

-- name: seal_anew_in_ceremonies
update ceremonies set sealed = :sealed where token_hash = :key and sealed = :before

-- name: sealed_elsewhere_in_push_subscriptions
select id as key, sealed as sealed from push_subscriptions
where id > :after and substr(sealed, 1, 5) <> :header
order by id limit :limit

-- name: seal_anew_in_push_subscriptions
update push_subscriptions set sealed = :sealed where id = :key and sealed = :before

-- name: sealed_elsewhere_in_sign_ins
select id as key, token_cache as sealed from sign_ins
where id > :after and substr(token_cache, 1, 5) <> :header
order by id limit :limit

-- name: seal_anew_in_sign_ins
update sign_ins set token_cache = :sealed where id = :key and token_cache = :before

-- name: sealed_elsewhere_in_sign_in_flows
select state_hash as key, flow as sealed from sign_in_flows
where state_hash > :after and substr(flow, 1, 5) <> :header
order by state_hash limit :limit

-- name: seal_anew_in_sign_in_flows
update sign_in_flows set flow = :sealed where state_hash = :key and flow = :before

-- name: sealed_elsewhere_in_audit_chains
select chain as key, anchor as sealed from audit_chains
where chain > :after and substr(anchor, 1, 5) <> :header
order by chain limit :limit

-- name: seal_anew_in_audit_chains
update audit_chains set anchor = :sealed where chain = :key and anchor = :before

-- name: sealed_elsewhere_in_archives
select account_id as key, anchor as sealed from archives
where account_id > :after and substr(anchor, 1, 5) <> :header
order by account_id limit :limit

-- name: seal_anew_in_archives
update archives set anchor = :sealed where account_id = :key and anchor = :before

-- name: sealed_elsewhere_in_webhooks
select id as key, sealed as sealed from webhooks
where id > :after and substr(sealed, 1, 5) <> :header
order by id limit :limit

-- name: seal_anew_in_webhooks
update webhooks set sealed = :sealed where id = :key and sealed = :before

-- name: sealed_elsewhere_in_page_files
select name as key, sealed as sealed from page_files
where name > :after and substr(sealed, 1, 5) <> :header
order by name limit :limit

-- name: seal_anew_in_page_files
update page_files set sealed = :sealed where name = :key and sealed = :before
