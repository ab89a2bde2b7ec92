-- Archives of mailboxes: chained entries, and the messages that wait to be put in.

-- name: upsert_archive
insert into archives (account_id, address, is_on, turned_at) values (:account, :address, 1, :at)
on conflict (account_id) do update set is_on = 1, address = :address, turned_at = :at

-- name: turn_archive_off
update archives set is_on = 0, turned_at = :at, fill_below = null, address = :address where account_id = :account

-- name: lock_archive
update archives set length = length where account_id = :account
returning account_id, address, is_on, turned_at, keep_months, length, hash, base, base_hash, anchor, messages, octets,
          fill_below, fill_total, fill_passed, attempts, rest_until, problem

-- name: get_archive
select account_id, address, is_on, turned_at, keep_months, length, hash, base, base_hash, anchor, messages, octets,
       fill_below, fill_total, fill_passed, attempts, rest_until, problem
from archives where account_id = :account

-- name: list_archives
select account_id, address, is_on, turned_at, keep_months, length, hash, base, base_hash, anchor, messages, octets,
       fill_below, fill_total, fill_passed, attempts, rest_until, problem
from archives order by account_id

-- name: set_archive_vip
update archives set was_vip = :was_vip where account_id = :account

-- name: archive_was_vip
select was_vip from archives where account_id = :account

-- name: set_archive_months
update archives set keep_months = :months where account_id = :account

-- name: set_archive_end
update archives set length = :length, hash = :hash, anchor = :anchor, messages = messages + :messages, octets = octets + :octets
where account_id = :account

-- name: set_archive_base
update archives set base = :number, base_hash = :hash,
    messages = messages - (select count(sha256) from archive_entries where account_id = :account and number <= :number),
    octets = octets - (select cast(coalesce(sum(size), 0) as bigint) from archive_entries
                       where account_id = :account and number <= :number)
where account_id = :account

-- name: rest_archive
update archives set rest_until = :until, problem = :problem, attempts = attempts + 1 where account_id = :account

-- name: archive_goes_on
update archives set rest_until = 0, problem = null, attempts = 0 where account_id = :account and attempts > 0

-- name: bring_archives_forward
update archives set rest_until = :now where rest_until > :latest

-- name: bring_archive_due_forward
update archive_due set due_at = :now where due_at > :latest

-- name: delete_archive
delete from archives where account_id = :account

-- name: note_loose_archive
insert into loose_blobs (sha256) select distinct sha256 from archive_entries
where account_id = :account and number <= :number and sha256 is not null
on conflict (sha256) do nothing

-- name: note_loose_archive_due
insert into loose_blobs (sha256) select distinct sha256 from archive_due
where account_id = :account and sha256 is not null
on conflict (sha256) do nothing

-- name: delete_archive_entries
delete from archive_entries where account_id = :account and number <= :number

-- name: delete_archive_due_of_account
delete from archive_due where account_id = :account

-- name: insert_archive_entry
insert into archive_entries (account_id, number, archived_at, kind, remote_id, at, direction, sender, recipients,
                             subject, internet_message_id, sha256, size, detail, words, hash)
values (:account, :number, :archived_at, :kind, :remote_id, :at, :direction, :sender, :recipients, :subject,
        :internet_message_id, :sha256, :size, :detail, :words, :hash)

-- name: is_archived
select number from archive_entries where account_id = :account and remote_id = :remote_id

-- name: get_archive_entry
select account_id, number, archived_at, kind, remote_id, at, direction, sender, recipients, subject,
       internet_message_id, sha256, size, detail, words, hash
from archive_entries where account_id = :account and number = :number

-- name: list_archive_chain
select account_id, number, archived_at, kind, remote_id, at, direction, sender, recipients, subject,
       internet_message_id, sha256, size, detail, words, hash
from archive_entries where account_id = :account and number > :after order by number limit :limit

-- name: newest_archive_pruning
select account_id, number, archived_at, kind, remote_id, at, direction, sender, recipients, subject,
       internet_message_id, sha256, size, detail, words, hash
from archive_entries where account_id = :account and kind = 'pruned' order by number desc limit 1

-- name: archive_entry_at
select at from archive_entries where account_id = :account and number = :number

-- name: find_archive_entries
select account_id, number, archived_at, kind, remote_id, at, direction, sender, recipients, subject,
       internet_message_id, sha256, size, detail, words, hash
from archive_entries
where account_id = :account and (at, number) < (:below_at, :below) and at >= :since and at < :until
  and (:direction = '' or direction = :direction)
  and words like :word1 and words like :word2 and words like :word3 and words like :word4
order by at desc, number desc limit :limit

-- name: list_archive_to_export
select account_id, number, archived_at, kind, remote_id, at, direction, sender, recipients, subject,
       internet_message_id, sha256, size, detail, words, hash
from archive_entries
where account_id = :account and number > :after and at >= :since and at < :until and sha256 is not null
order by number limit :limit

-- name: count_archive_to_export
select count(*) as total from archive_entries
where account_id = :account and at >= :since and at < :until and sha256 is not null

-- name: count_archive_before
select count(*) as total from archive_entries where account_id = :account and archived_at < :before

-- let end.oldest: asc
-- let end.newest: desc

-- name: {end}_archived
select at from archive_entries where account_id = :account and sha256 is not null order by at {end}, number {end} limit 1

-- name: count_archive_due
select count(*) as total, cast(coalesce(sum(is_old), 0) as bigint) as old from archive_due where account_id = :account

-- name: note_for_archive
insert into archive_due (account_id, message_id)
select a.account_id, m.value from archives a, {each_int :ids} m where a.account_id = :account and a.is_on = 1
on conflict (account_id, message_id) do nothing

-- What is known of a message that goes while it waits; from now on it waits without it.

-- name: keep_for_archive
insert into archive_due (account_id, message_id, is_old, attempts, due_at, remote_id, received_at,
                         internet_message_id, subject, addresses, content_type, content, sha256, size)
select d.account_id, d.message_id, d.is_old, d.attempts, d.due_at, m.remote_id, m.received_at,
       m.internet_message_id, m.subject, m.addresses, b.content_type, b.content, k.sha256, k.size
from archive_due d
join messages m on m.account_id = d.account_id and m.id = d.message_id
left join bodies b on b.account_id = d.account_id and b.message_id = d.message_id
left join message_blobs k on k.account_id = d.account_id and k.message_id = d.message_id and k.name = 'mime'
where d.account_id = :account and d.message_id {in_ints :ids}
on conflict (account_id, message_id) do update set
    remote_id = excluded.remote_id, received_at = excluded.received_at,
    internet_message_id = excluded.internet_message_id, subject = excluded.subject,
    addresses = excluded.addresses, content_type = excluded.content_type, content = excluded.content,
    sha256 = excluded.sha256, size = excluded.size

-- name: list_archive_waiting
select message_id from archive_due where account_id = :account and remote_id is null and message_id > :after
order by message_id limit :limit

-- name: list_archives_with_due
select r.account_id, a.state from archives r left join accounts a on a.id = r.account_id
where r.rest_until <= :now and (a.state is null or a.state = 'connected')
  and exists (select 1 from archive_due d where d.account_id = r.account_id and d.due_at <= :now)

-- name: list_archives_to_fill
select account_id from archives where fill_below is not null and is_on = 1

-- name: list_archive_due
select d.message_id, d.is_old, d.attempts, coalesce(d.remote_id, m.remote_id) as remote_id,
       coalesce(d.received_at, m.received_at) as received_at,
       coalesce(d.internet_message_id, m.internet_message_id) as internet_message_id,
       coalesce(d.subject, m.subject) as subject, coalesce(d.addresses, m.addresses) as addresses,
       coalesce(d.sha256, k.sha256) as sha256, coalesce(d.size, k.size) as size
from archive_due d
left join messages m on m.account_id = d.account_id and m.id = d.message_id
left join message_blobs k on k.account_id = d.account_id and k.message_id = d.message_id and k.name = 'mime'
where d.account_id = :account and d.due_at <= :now
  and (d.remote_id is not null or m.remote_id not like 'local:%')
order by d.is_old, d.due_at, d.message_id limit :limit

-- name: get_archive_text
select coalesce(d.content_type, b.content_type) as content_type, coalesce(d.content, b.content) as content
from archive_due d left join bodies b on b.account_id = d.account_id and b.message_id = d.message_id
where d.account_id = :account and d.message_id = :message

-- name: put_archive_off
update archive_due set attempts = attempts + 1, due_at = :due_at, problem = :problem
where account_id = :account and message_id = :message

-- name: delete_archive_due
delete from archive_due where account_id = :account and message_id = :message

-- name: begin_archive_fill
update archives
set fill_below = (select coalesce(max(id), 0) + 1 from messages where account_id = :account), fill_passed = 0,
    fill_total = (select count(*) from messages where account_id = :account and is_draft = 0)
where account_id = :account

-- name: list_to_archive_below
select id from messages where account_id = :account and id < :below and is_draft = 0 order by id desc limit :limit

-- name: note_old_for_archive
insert into archive_due (account_id, message_id, is_old)
select m.account_id, m.id, 1 from messages m
where m.account_id = :account and m.id {in_ints :ids} and not exists (
    select 1 from archive_entries e where e.account_id = m.account_id and e.remote_id = m.remote_id)
on conflict (account_id, message_id) do nothing

-- What goes before its turn to be noted has come.

-- name: note_unfilled_for_archive
insert into archive_due (account_id, message_id)
select m.account_id, m.id from archives a join messages m on m.account_id = a.account_id
where a.account_id = :account and a.is_on = 1 and m.id < a.fill_below and m.is_draft = 0
  and m.id {in_ints :ids} and not exists (
    select 1 from archive_entries e where e.account_id = m.account_id and e.remote_id = m.remote_id)
on conflict (account_id, message_id) do nothing

-- name: set_archive_fill
update archives set fill_below = :below, fill_passed = fill_passed + :passed where account_id = :account

-- name: hurry_archive
update archive_due set is_old = 0 where account_id = :account and message_id {in_ints :ids} and is_old = 1
