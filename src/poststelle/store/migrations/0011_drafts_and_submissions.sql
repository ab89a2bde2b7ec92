create table uploads (
    account_id bigint not null references accounts (id) on delete cascade,
    id bigint not null,
    user_id bigint not null,
    sha256 text not null,
    size bigint not null,
    content_type text not null,
    created_at bigint not null,
    primary key (account_id, id)
) {clustered};
create index uploads_by_user on uploads (user_id, created_at);
create index uploads_by_hash on uploads (sha256);

create table drafts (
    account_id bigint not null references accounts (id) on delete cascade,
    message_id bigint not null,
    key text not null,
    internet_message_id text not null,
    in_reply_to text not null,
    refs text not null,
    step text not null,
    told text,
    problem text,
    primary key (account_id, message_id)
) {clustered};
create unique index drafts_by_message_id on drafts (account_id, internet_message_id);

create table draft_parts (
    account_id bigint not null references accounts (id) on delete cascade,
    message_id bigint not null,
    position integer not null,
    is_done integer not null default 0,
    upload_url text,
    expires_at bigint,
    sent bigint not null default 0,
    primary key (account_id, message_id, position)
) {clustered};

create table submissions (
    account_id bigint not null references accounts (id) on delete cascade,
    id bigint not null,
    message_id bigint not null,
    thread_id bigint not null,
    internet_message_id text not null,
    identity_id bigint not null,
    envelope text not null,
    recipients integer not null,
    state text not null,
    step text not null,
    waits_for text,
    code text,
    detail text,
    marks text not null,
    delivery text not null,
    send_at bigint not null,
    due_at bigint not null,
    asked_at bigint,
    ended_at bigint,
    attempts integer not null default 0,
    holder text,
    claimed_until bigint,
    fence bigint not null default 0,
    created_at bigint not null,
    created_by bigint,
    primary key (account_id, id)
) {clustered};
create index submissions_due on submissions (due_at) where state in ('pending', 'sending');
create index submissions_by_message on submissions (account_id, message_id);
create index submissions_by_message_id on submissions (account_id, internet_message_id);
create index submissions_by_time on submissions (account_id, asked_at);

create table account_addresses (
    account_id bigint not null references accounts (id) on delete cascade,
    id bigint not null,
    email text not null,
    email_key text not null,
    position integer not null,
    told_at bigint not null,
    primary key (account_id, id),
    unique (account_id, email_key)
) {clustered};

create table bounces (
    account_id bigint not null references accounts (id) on delete cascade,
    message_id bigint not null,
    attempts integer not null default 0,
    due_at bigint not null,
    primary key (account_id, message_id)
) {clustered};
