-- Favourite folders.

-- name: list_favourites
select account_id, folder_id from favourites where user_id = :user_id
order by place, account_id, folder_id

-- name: list_readable_favourites
select f.account_id, f.folder_id
from favourites f join grants g on g.account_id = f.account_id and g.user_id = f.user_id
where f.user_id = :user_id
order by f.place, f.account_id, f.folder_id

-- name: put_favourite
insert into favourites (user_id, account_id, folder_id, place) values (:user_id, :account_id, :folder_id, :place)
on conflict (user_id, account_id, folder_id) do update set place = excluded.place

-- name: destroy_favourite
delete from favourites where user_id = :user_id and account_id = :account_id and folder_id = :folder_id
