-- The nightly proof of the audit trail's chains and of the archives; and by which messages an entry is found.
create index audit_messages_by_entry on audit_messages (account_id, number);
create table proofs (
    kind text not null,               -- trail, archive
    subject bigint not null,          -- the chain's number, the archive's account
    added_at bigint not null,
    due_at bigint not null,
    holder text,                      -- of whom has it in hand until then
    held_until bigint not null default 0,
    reached bigint not null default 0,    -- of an archive: up to which entry this round has come
    seen bigint not null default 0,   -- entries in this round
    found text not null default '[]', -- JSON [[number, why]]: what is wrong so far
    proven_at bigint,                 -- when the last round was through; null: none was
    entries bigint not null default 0,    -- that it has seen
    broken text not null default '[]',    -- JSON [[number, why]]: what was wrong
    mac text not null default '',     -- that it was a server of ours that has found this
    primary key (kind, subject)
) {clustered};
