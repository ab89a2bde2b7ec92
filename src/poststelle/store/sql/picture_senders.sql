-- Senders whose pictures users see without being asked.

-- name: list_picture_senders
select address, allowed_at from picture_senders where user_id = :user order by address_key

-- name: put_picture_sender
insert into picture_senders (user_id, address_key, address, allowed_at) values (:user, :key, :address, :at)
on conflict (user_id, address_key) do nothing

-- name: destroy_picture_sender
delete from picture_senders where user_id = :user and address_key = :key
