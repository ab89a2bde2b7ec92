-- Programs that work on this store, and how often the heart of each has beaten.

-- name: beat
insert into holders (name, beats) values (:holder, 1) on conflict (name) do update set beats = holders.beats + 1

-- name: list_other_holders
select name, beats from holders where name <> :holder

-- name: delete_holder
delete from holders where name = :holder

-- name: delete_holder_unless_alive
delete from holders where name = :holder and beats = :beats
