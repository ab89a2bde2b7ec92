-- Signatures and templates, the files of templates, and groups of recipients.

-- let columns: id, kind, user_id, account_id, name, subject, html, plain, is_default, is_answer_default, recipients

-- name: get_boilerplate
select {columns} from boilerplate where id = :id

-- name: list_boilerplate_of_user
select {columns} from boilerplate where user_id = :user_id order by id

-- name: list_boilerplate_of_account
select {columns} from boilerplate where account_id = :account_id and user_id is null order by id

-- name: insert_boilerplate
insert into boilerplate ({columns})
values (:id, :kind, :user_id, :account_id, :name, :subject, :html, :plain, :is_default, :is_answer_default, :recipients)

-- name: update_boilerplate
update boilerplate set name = :name, subject = :subject, html = :html, plain = :plain,
    is_default = :is_default, is_answer_default = :is_answer_default, recipients = :recipients
where id = :id

-- name: destroy_boilerplate
delete from boilerplate where id = :id

-- name: list_boilerplate_files
select boilerplate_id, id, name, content_type, sha256, size from boilerplate_files
where boilerplate_id {in_ints :ids} order by boilerplate_id, id

-- name: insert_boilerplate_file
insert into boilerplate_files (boilerplate_id, id, name, content_type, sha256, size)
values (:boilerplate, :id, :name, :content_type, :sha256, :size)

-- name: delete_boilerplate_file
delete from boilerplate_files where boilerplate_id = :boilerplate and id = :id

-- name: note_loose_boilerplate_file
insert into loose_blobs (sha256) select sha256 from boilerplate_files where boilerplate_id = :boilerplate and id = :id
on conflict (sha256) do nothing

-- name: note_loose_boilerplate_files
insert into loose_blobs (sha256) select distinct sha256 from boilerplate_files where boilerplate_id = :boilerplate
on conflict (sha256) do nothing

-- name: note_loose_boilerplate_of_user
insert into loose_blobs (sha256) select distinct f.sha256
from boilerplate_files f join boilerplate b on b.id = f.boilerplate_id where b.user_id = :user
on conflict (sha256) do nothing

-- name: note_loose_boilerplate_of_account
insert into loose_blobs (sha256) select distinct f.sha256
from boilerplate_files f join boilerplate b on b.id = f.boilerplate_id where b.account_id = :account
on conflict (sha256) do nothing

-- name: get_recipient_group
select id, user_id, account_id, name, members from recipient_groups where id = :id

-- name: list_recipient_groups_of_user
select id, user_id, account_id, name, members from recipient_groups where user_id = :user order by name, id

-- name: list_recipient_groups_of_account
select id, user_id, account_id, name, members from recipient_groups where account_id = :account order by name, id

-- name: insert_recipient_group
insert into recipient_groups (id, user_id, account_id, name, members)
values (:id, :user_id, :account_id, :name, :members)

-- name: update_recipient_group
update recipient_groups set name = :name, members = :members where id = :id

-- name: destroy_recipient_group
delete from recipient_groups where id = :id
