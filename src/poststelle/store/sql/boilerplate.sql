-- Signatures and templates.

-- let columns: id, kind, user_id, account_id, name, subject, html, plain, is_default, is_answer_default

-- name: get_boilerplate
select {columns} from boilerplate where id = :id

-- name: list_boilerplate_of_user
select {columns} from boilerplate where user_id = :user_id order by id

-- name: list_boilerplate_of_account
select {columns} from boilerplate where account_id = :account_id and user_id is null order by id

-- name: insert_boilerplate
insert into boilerplate ({columns})
values (:id, :kind, :user_id, :account_id, :name, :subject, :html, :plain, :is_default, :is_answer_default)

-- name: update_boilerplate
update boilerplate set name = :name, subject = :subject, html = :html, plain = :plain,
    is_default = :is_default, is_answer_default = :is_answer_default
where id = :id

-- name: destroy_boilerplate
delete from boilerplate where id = :id
