-- Objects that hold octets somewhere else: an object storage, or a folder that machines share. Each time that octets
-- are stored they get a name of their own (docs/decisions/0033). Content has no account: the same octets are stored once.
create table blob_objects (
    place text not null,              -- where they are, by the mark that lies there
    sha256 text not null,
    generation text not null,
    size bigint not null,
    state text not null,              -- coming, present, going
    stored_at bigint not null,        -- last; of what is coming, since when
    primary key (place, sha256, generation)
) {clustered};
create index blob_objects_by_time on blob_objects (place, state, stored_at, sha256);
