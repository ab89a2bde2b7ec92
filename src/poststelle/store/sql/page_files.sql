-- Files of the page, of all builds that a web process had lately.

-- name: list_page_files
select name, sealed from page_files

-- name: list_page_file_names
select name from page_files

-- name: get_page_file
select octets, sealed from page_files where name = :name

-- name: put_page_file
insert into page_files (name, octets, sealed, seen_at) values (:name, :octets, :sealed, :now)
on conflict (name) do update set octets = excluded.octets, sealed = excluded.sealed, seen_at = excluded.seen_at

-- name: touch_page_files
update page_files set seen_at = :now where name {in_texts :names} and seen_at < :before

-- name: delete_unseen_page_files
delete from page_files where seen_at < :before
