-- Objects that hold octets somewhere else, and what has become of each: coming, present, lost, going.

-- name: insert_blob_object
insert into blob_objects (place, sha256, generation, size, state, stored_at)
values (:place, :sha256, :generation, :size, 'coming', :now)

-- name: get_blob_object
select generation, size from blob_objects
where place = :place and sha256 = :sha256 and state = 'present'
order by stored_at desc, generation limit 1

-- name: touch_blob_object
update blob_objects set stored_at = :now where place = :place and sha256 = :sha256 and state = 'present'

-- name: settle_blob_object
update blob_objects set state = :state, stored_at = :now
where place = :place and sha256 = :sha256 and generation = :generation and state = 'coming'

-- name: list_expelled_blob_objects
select generation, size from blob_objects
where place = :place and sha256 = :sha256 and state = 'present' and stored_at < :before

-- name: expel_blob_objects
update blob_objects set state = 'going'
where place = :place and sha256 = :sha256 and state = 'present' and stored_at < :before

-- name: give_up_blob_objects
update blob_objects set state = 'going' where place = :place and state = :state and stored_at < :before

-- name: give_up_all_blob_objects
update blob_objects set state = 'going' where place = :place and state = 'coming'

-- name: list_going_blob_objects
select sha256, generation, size from blob_objects where place = :place and state = 'going'
order by stored_at, sha256, generation limit :limit

-- name: delete_gone_blob_object
delete from blob_objects
where place = :place and sha256 = :sha256 and generation = :generation and state = 'going'

-- name: list_blob_objects_by_time
select stored_at, sha256 from blob_objects
where place = :place and state = 'present' and stored_at >= :since and stored_at < :before
and (stored_at, sha256) > (:at, :after)
group by stored_at, sha256
order by stored_at, sha256 limit :limit

-- name: list_blob_objects
select sha256, max(generation) as generation, max(size) as size from blob_objects
where place = :place and state = 'present' and sha256 > :after
group by sha256 order by sha256 limit :limit

-- name: lose_blob_object
update blob_objects set state = 'lost', stored_at = :now
where place = :place and sha256 = :sha256 and generation = :generation and state = 'present'

-- name: list_lost_blob_objects
select generation, size from blob_objects
where place = :place and sha256 = :sha256 and state = 'lost' order by stored_at desc, generation

-- name: regain_blob_object
update blob_objects set state = 'present', stored_at = :now
where place = :place and sha256 = :sha256 and generation = :generation and state = 'lost'
