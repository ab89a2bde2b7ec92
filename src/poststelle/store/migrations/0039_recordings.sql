-- Activity records: what came from whom and went to whom, kept when the message itself has gone.
create table recordings (
    account_id bigint primary key references accounts (id) on delete cascade,
    is_on integer not null,
    turned_at bigint not null         -- when it was turned on or off
) {clustered};

-- Messages that are still to become records, with what was known of them when they came.
create table activity_due (
    account_id bigint not null references accounts (id) on delete cascade,
    message_id bigint not null,
    remote_id text not null,
    thread_id bigint not null,
    at bigint not null,               -- when it arrived or was sent
    internet_message_id text,
    subject text not null,
    preview text not null,
    addresses text not null,          -- as messages.addresses
    primary key (account_id, message_id)
) {clustered};

create table activities (
    account_id bigint not null references accounts (id) on delete cascade,
    message_id bigint not null,       -- which message it was; there may be none of that id any more
    known_as text not null,           -- what it is known by when it is met again under another id
    thread_id bigint not null,
    direction text not null,          -- in, out
    at bigint not null,
    subject text not null,
    preview text not null,
    words text not null,              -- of subject and people, folded, to find it by
    primary key (account_id, message_id)
) {clustered};
create unique index activities_by_name on activities (account_id, known_as);
create index activities_by_time on activities (account_id, at, message_id);

-- Those at the other side.
create table activity_contacts (
    account_id bigint not null,
    message_id bigint not null,
    email_key text not null,          -- in the form that addresses are compared in
    name text not null,
    email text not null,
    primary key (account_id, email_key, message_id),
    foreign key (account_id, message_id) references activities (account_id, message_id) on delete cascade
) {clustered};
create index activity_contacts_by_message on activity_contacts (account_id, message_id);
