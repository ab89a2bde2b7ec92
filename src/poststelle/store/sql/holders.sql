-- Programs that work on this store, and how often the heart of each has beaten.

-- name: beat
insert into holders (name, beats) values (:holder, :beats) on conflict (name) do update set beats = holders.beats + 1

-- name: beat_on
update holders set beats = beats + 1 where name = :holder

-- name: describe_holder
update holders
set place = :place, role = :role, version = :version, host = :host, began_at = :began_at, beat_at = :beat_at,
    told = :told
where name = :holder

-- name: get_told_time
select {told_ms} as told_ms

-- name: list_holders
select * from holders order by began_at, name

-- name: list_other_holders
select name, beats from holders where name <> :holder

-- name: delete_holder
delete from holders where name = :holder

-- name: delete_holder_unless_alive
delete from holders where name = :holder and beats = :beats
