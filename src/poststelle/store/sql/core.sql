-- What the engines themselves need.

-- name: next_in_sequence
insert into sequences (name, next_value) values (:name, 2)
on conflict (name) do update set next_value = sequences.next_value + 1
returning next_value - 1 as id

-- name: take_account_ids
update accounts set next_id = next_id + :count where id = :account
returning next_id - :count as first

-- name: lock_account
update accounts set modseq = modseq where id = :account

-- name: take_modseqs
update accounts set modseq = modseq + :count where id = :account
returning modseq

-- name: insert_change
insert into changes (account_id, type, modseq, object_id, op, at)
values (:account_id, :type, :modseq, :object_id, :op, :at)

-- name: forget_changes_of_type
delete from changes where account_id = :account and type = :type
