-- What users are told of their own rights.

-- name: insert_share_notification
insert into share_notifications (account_id, id, user_id, created_at, changed_by, changed_by_name, about_account,
                                 about_folder, is_internal, name, old_level, new_level)
values (:account_id, :id, :user_id, :created_at, :changed_by, :changed_by_name, :about_account,
        :about_folder, :is_internal, :name, :old_level, :new_level)

-- name: list_share_notifications
select account_id, id, user_id, created_at, changed_by, changed_by_name, about_account, about_folder, is_internal,
       name, old_level, new_level
from share_notifications
where user_id = :user_id and account_id = :account and destroyed_at is null
order by created_at, id

-- name: list_share_notifications_ever
select id from share_notifications where user_id = :user_id and account_id = :account

-- name: destroy_share_notification
update share_notifications set destroyed_at = :at
where account_id = :account and id = :id and user_id = :user_id and destroyed_at is null

-- name: list_share_notifications_before
select account_id, id, user_id from share_notifications
where created_at < :before and destroyed_at is null order by account_id, id limit :limit

-- name: forget_share_notifications
delete from share_notifications where destroyed_at < :before

-- name: forget_share_notification_author
update share_notifications set changed_by_name = '' where changed_by = :user and changed_by_name <> ''
