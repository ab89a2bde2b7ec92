-- The nightly proof of the audit trail's chains and of the archives.

-- name: add_proofs_of_chains
insert into proofs (kind, subject, added_at, due_at) select 'trail', chain, :now, :due_at from audit_chains where true
on conflict (kind, subject) do nothing

-- name: add_proofs_of_archives
insert into proofs (kind, subject, added_at, due_at)
select 'archive', account_id, :now, :due_at from archives where true
on conflict (kind, subject) do nothing

-- name: forget_proofs_of_archives
delete from proofs
where kind = 'archive' and not exists (select 1 from archives a where a.account_id = proofs.subject)

-- name: next_proof
select kind, subject from proofs
where due_at <= :now and held_until <= :now and kind in ('trail', 'archive')
order by due_at, kind, subject limit 1

-- name: hold_proof
update proofs set holder = :holder, held_until = :until
where kind = :kind and subject = :subject and due_at <= :now and held_until <= :now
returning reached, seen, found

-- name: put_proof_down
update proofs set reached = :reached, seen = :seen, found = :found, holder = null, held_until = 0
where kind = :kind and subject = :subject and holder = :holder

-- name: holds_proof
select 1 as found from proofs where kind = :kind and subject = :subject and holder = :holder

-- name: end_proof
update proofs set proven_at = null, entries = 0, broken = '[]', mac = '', due_at = :due_at,
                  reached = 0, seen = 0, found = '[]', holder = null, held_until = 0
where kind = :kind and subject = :subject and holder = :holder

-- name: list_proofs
select kind, subject, proven_at, entries, broken, mac from proofs order by kind, subject

-- name: want_proof
update proofs set due_at = :now, reached = 0, seen = 0, found = '[]', holder = null, held_until = 0
where kind = :kind and subject = :subject

-- name: bring_proofs_forward
update proofs set due_at = :now, held_until = 0 where due_at > :latest or held_until > :latest
