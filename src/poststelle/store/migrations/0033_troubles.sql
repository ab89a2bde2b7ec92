-- What needs a person, while it lasts, and whether administrators were told of it.
create table troubles (
    id text primary key,
    since bigint not null,
    told_at bigint,
    over_at bigint,
    claimed_until bigint not null default 0
) {clustered};
