-- Copies of the whole database, and what becomes of one.

-- name: list_meta
select key, value from meta

-- name: delete_meta
delete from meta where key = :key

-- name: list_backup_holds
select value from settings where key like 'backup.held_until.%'

-- name: end_all_backup_holds
delete from settings where key like 'backup.held_until.%'

-- name: begin_accounts_anew
update accounts set next_id = next_id + :jump, modseq = modseq + :jump, epoch = case when epoch < :epoch then :epoch else epoch + 1 end

-- name: jump_sequences
update sequences set next_value = next_value + case when name = 'accounts' then cast(:of_accounts as bigint) else cast(:jump as bigint) end

-- name: end_all_logins
delete from logins

-- name: end_all_invitations
delete from invitations

-- name: end_all_ceremonies
delete from ceremonies

-- name: end_all_sign_in_flows
delete from sign_in_flows

-- name: list_needed_blobs
select sha256 from message_blobs where sha256 > :after
union
select sha256 from uploads where sha256 > :after
union
select sha256 from boilerplate_files where sha256 > :after
union
select sha256 from archive_entries where sha256 > :after
union
select sha256 from archive_due where sha256 > :after
order by sha256 limit :limit
