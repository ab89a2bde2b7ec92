-- The whole schema for a fresh installation, the same text for SQLite and PostgreSQL.
-- The engines replace {blob} (blob / bytea), {clustered} (without rowid / nothing), {partitioned …} and, at the end,
-- the full-text index. Instants are milliseconds since 1970 UTC; booleans are 0 or 1; JSON is text.
-- Every mail table's key begins with the account: those that grow with the mail are partitioned by it where that was asked
-- for when the database was made (nothing / by hash).

create table meta (
    key text primary key,
    value text not null
);

-- Numbers never handed out twice: users, accounts, sign_ins.
create table sequences (
    name text primary key,
    next_value bigint not null
);

create table settings (
    key text primary key,
    value text,            -- JSON; null where sealed holds the value
    sealed {blob},         -- encrypted value of a secret
    changed_at bigint not null,
    changed_by bigint
);

create table users (
    id bigint primary key,
    login text not null,              -- as typed: an e-mail address or a short name
    login_key text not null unique,   -- case-folded
    name text not null,
    sender_name text not null default '',   -- as recipients see them; empty: by their name
    email text not null default '',
    phone text not null default '',   -- what signatures say of them
    position text not null default '',
    password_hash text,               -- argon2id; null: may not log in by password
    is_active integer not null default 1,
    may_settings integer not null default 0,
    language text,                    -- de, en, null: follow the browser
    theme text not null default 'system',   -- system, light, dark
    shows_reading integer not null default 1,   -- others are told what they are reading
    quiet_hours text,                 -- JSON: when nothing notifies them; null: they never chose any
    paused_until bigint,              -- nothing does before
    mail_page text,                   -- JSON of model.mail_page.MailPage; null: nothing chosen
    failed_logins integer not null default 0,
    locked_until bigint,
    created_at bigint not null
);

create table logins (
    token_hash text primary key,      -- SHA-256 of the cookie's value
    user_id bigint not null references users (id) on delete cascade,
    created_at bigint not null,
    last_seen_at bigint not null,
    expires_at bigint not null,
    user_agent text not null default ''
);
create index logins_by_user on logins (user_id);

-- A user's app for one-time codes (RFC 6238).
create table code_apps (
    user_id bigint primary key references users (id) on delete cascade,
    sealed {blob} not null,           -- its secret; with row identity
    used_step bigint not null,        -- of the newest code that was accepted: none is accepted twice
    created_at bigint not null
);

create table recovery_codes (
    user_id bigint not null references users (id) on delete cascade,
    code_hash text not null,          -- SHA-256 of user and code; a used one is gone
    primary key (user_id, code_hash)
) {clustered};

-- WebAuthn credentials. The private key never leaves the user's device.
create table passkeys (
    id bigint primary key,
    user_id bigint not null references users (id) on delete cascade,
    credential_id text not null unique,   -- base64url
    public_key {blob} not null,       -- COSE
    sign_count bigint not null,       -- as the device last told; 0: it doesn't count
    transports text not null,         -- JSON list: how the browser reaches the device
    name text not null,
    created_at bigint not null,
    last_used_at bigint
);
create index passkeys_by_user on passkeys (user_id);

-- What was begun and a second request completes: a login that waits for its second factor, a challenge.
create table ceremonies (
    token_hash text primary key,      -- SHA-256
    user_id bigint references users (id) on delete cascade,   -- null: nobody has said who they are
    purpose text not null,            -- the one thing the token is good for
    sealed {blob} not null,           -- JSON; with row identity
    expires_at bigint not null
);
create index ceremonies_by_user on ceremonies (user_id);

-- A link by which a user chooses a first password. One for each user at a time.
create table invitations (
    user_id bigint primary key references users (id) on delete cascade,
    token_hash text not null unique,
    created_at bigint not null,
    created_by bigint,
    expires_at bigint not null
);

-- Who a user is where people sign on for many programs at once (OpenID Connect).
create table identities (
    issuer text not null,
    subject text not null,            -- "sub", unique at its issuer and never given to somebody else
    user_id bigint not null references users (id) on delete cascade,
    created_at bigint not null,
    primary key (issuer, subject)
) {clustered};
create index identities_by_user on identities (user_id);

-- Secrets with which programs read and change mail for a user; never more than the user may.
create table api_tokens (
    id bigint primary key,
    user_id bigint not null references users (id) on delete cascade,
    token_hash text not null unique,  -- SHA-256
    name text not null,
    level integer not null,           -- at most; 1 read, 2 write, 3 send, 4 manage
    is_for_all integer not null,      -- every mailbox of the user; else those of api_token_accounts
    created_at bigint not null,
    expires_at bigint,                -- null: never
    last_used_at bigint,
    administration integer not null default 0  -- 0 nothing, 1 see, 2 change
);
create index api_tokens_by_user on api_tokens (user_id);

create table accounts (
    id bigint primary key,
    epoch bigint not null,
    modseq bigint not null,
    forgotten_modseq bigint not null default 0,  -- the change log tells nothing up to here
    next_id bigint not null,          -- folders, messages, threads, write-backs and notices of this account
    type text not null,
    address text not null,
    address_key text not null unique, -- case-folded
    name text not null default '',
    state text not null,
    state_reason text,
    is_active integer not null default 1,
    is_shared integer not null default 0,  -- opened by people who may, not by its own sign-in
    history_months integer,           -- how far back mail is fetched, as it was chosen; null: everything
    history_from bigint,              -- and since when that is: what was received before is not held
    is_vip integer not null default 0,    -- what it leaves outside is for those who were assigned when it came
    created_at bigint not null,
    created_by bigint
);

create table grants (
    account_id bigint not null references accounts (id) on delete cascade,
    user_id bigint not null references users (id) on delete cascade,
    level integer not null,           -- the highest of the next, and of what the user's groups were given
    own_level integer,                -- what was given to the user alone; null: it comes by groups
    granted_at bigint not null,
    granted_by bigint,
    primary key (account_id, user_id)
) {clustered};
create index grants_by_user on grants (user_id, account_id);

-- Who could read which mailbox from when to when, by a grant that was in force while they were active. No foreign key to
-- the account: an archive stays when its mailbox is deleted here.
create table assignments (
    account_id bigint not null,
    user_id bigint not null references users (id) on delete cascade,
    since bigint not null,            -- -2^62: since before this was noted
    until bigint not null,            -- 2^62: still
    primary key (account_id, user_id, since)
) {clustered};
create index assignments_by_user on assignments (user_id, account_id);

-- Groups of users.
create table teams (
    id bigint primary key,
    name text not null,
    name_key text not null unique,    -- case-folded
    created_at bigint not null
);
create table team_members (
    team_id bigint not null references teams (id) on delete cascade,
    user_id bigint not null references users (id) on delete cascade,
    primary key (team_id, user_id)
) {clustered};
create index team_members_by_user on team_members (user_id, team_id);
create table team_grants (
    account_id bigint not null references accounts (id) on delete cascade,
    team_id bigint not null references teams (id) on delete cascade,
    level integer not null,
    primary key (account_id, team_id)
) {clustered};
create index team_grants_by_team on team_grants (team_id, account_id);

create table api_token_accounts (
    token_id bigint not null references api_tokens (id) on delete cascade,
    account_id bigint not null references accounts (id) on delete cascade,
    primary key (token_id, account_id)
) {clustered};
create index api_token_accounts_by_account on api_token_accounts (account_id);

-- Where a program's push service is told of changes (RFC 8620 §7.2); goes with the login or token that made it.
create table push_subscriptions (
    id bigint primary key,
    user_id bigint not null references users (id) on delete cascade,
    login_hash text references logins (token_hash) on delete cascade,   -- this one or the next
    token_hash text references api_tokens (token_hash) on delete cascade,
    device_client_id text not null,
    sealed {blob} not null,           -- address, keys and verification code; with row identity
    types text,                       -- JSON list; null: all
    arrivals text,                    -- JSON object, account number: inbox or focused; null: all that is added
    expires_at bigint not null,
    is_code_sent integer not null default 0,
    is_verified integer not null default 0,
    next_at bigint not null,          -- nothing is sent before: a rest, a back-off, or somebody sending now
    holder text,                      -- who is sending now
    failures integer not null default 0,  -- in a row
    held_until bigint                 -- its user has quiet until then; null: nobody has looked, or there is none
);
create index push_subscriptions_by_user on push_subscriptions (user_id);
create index push_subscriptions_by_login on push_subscriptions (login_hash);
create index push_subscriptions_by_token on push_subscriptions (token_hash);

-- What each has been told; an account whose modseq is higher, or that is not here, is still to be told of.
create table push_told (
    subscription_id bigint not null references push_subscriptions (id) on delete cascade,
    account_id bigint not null references accounts (id) on delete cascade,
    modseq bigint not null,
    primary key (subscription_id, account_id)
) {clustered};
create index push_told_by_account on push_told (account_id);

create table sign_ins (
    id bigint primary key,
    account_id bigint not null references accounts (id) on delete cascade,
    rank integer not null,            -- of those that work the lowest is in use, higher ones stand by
    kind text not null default 'own', -- own, delegate, application
    user_id bigint,                   -- who of us signed in
    remote_user text not null,        -- the provider's user id (Microsoft: oid)
    tenant text not null,             -- Microsoft: tid
    username text not null,           -- for people to recognise, not an identity
    authority text not null,          -- refresh at the path the grant came from
    token_cache {blob} not null,      -- sealed with row identity
    state text not null,              -- active, lost
    state_reason text,
    lost_at bigint,
    created_at bigint not null,
    refreshed_at bigint not null,
    renew_at bigint not null default 0  -- when its tokens are renewed in the background, or looked at again
);
create index sign_ins_by_account on sign_ins (account_id, rank);
create index sign_ins_due on sign_ins (renew_at);

-- An app registration that the provider refuses: all accounts suffer, told once.
create table app_troubles (
    client_id text primary key,
    code text not null,
    at bigint not null
);

-- Accounts whose organisation is to approve our app before anybody can sign in.
create table approvals (
    account_id bigint primary key references accounts (id) on delete cascade,
    code text not null,               -- the provider's, for what is waited for
    asked_at bigint not null,
    look_at bigint,                   -- when we look again; null: looking tells nothing
    was_unknown integer not null default 0,  -- when we last looked, the organisation did not know our app
    given_at bigint
);
create index approvals_due on approvals (look_at);

-- What our program by itself opens in an organisation, and that it does not open a mailbox which is none of its business.
create table application_proofs (
    tenant text not null,
    client_id text not null,
    control text not null,            -- the address of that mailbox
    opened text not null,             -- JSON [[address, result]]
    control_result text not null,
    at bigint not null,
    user_id bigint,                   -- who asked; null: repeated by itself
    next_at bigint not null,          -- when it is repeated
    primary key (tenant, client_id)
);

-- A sign-in under way: MSAL's flow, kept on the server until the callback.
create table sign_in_flows (
    state_hash text primary key,
    account_id bigint not null references accounts (id) on delete cascade,
    user_id bigint not null references users (id) on delete cascade,
    flow {blob} not null,             -- sealed
    created_at bigint not null,
    expires_at bigint not null
);

-- Who did what: one chain for each mailbox and one, 0, for all that is of none. Kept when the mailbox goes.
create table audit_chains (
    chain bigint primary key,         -- the account's number
    length bigint not null,           -- the newest entry's number
    hash {blob},                      -- the newest entry's
    base bigint not null default 0,   -- the newest number that was removed when its time was over
    base_hash {blob},                 -- of the entry of that number
    anchored bigint not null default 0,
    anchor {blob}                     -- number and hash of that entry, sealed with row identity
);

create table audit (
    chain bigint not null,
    number bigint not null,           -- from 1 on, without gaps
    at bigint not null,
    user_id bigint,                   -- who; null: the system
    user_name text,                   -- as it was at that moment, kept when the user goes
    user_login text,
    action text not null,             -- account.created, grant.added, warning.confirmed, …
    subject text not null default '', -- whom or what it concerns, in words
    detail text not null default '{}',
    salt {blob},                      -- null: what was said here (names, subject, detail) has been erased
    said {blob},                      -- hash of the salt and of what was said
    hash {blob},                      -- of the entry before and of all of this; null: not chained so far
    primary key (chain, number)
) {clustered};
create index audit_by_time on audit (at, chain, number);
create index audit_by_user on audit (user_id, at, chain, number);
-- Those that are about somebody. The condition is written in each statement that is to use it.
create index audit_about on audit (at, chain, number) where detail like '%"whom":%';

-- Which messages an entry is about: its detail says so, too.
create table audit_messages (
    account_id bigint not null,
    message_id bigint not null,
    number bigint not null,
    primary key (account_id, message_id, number)
) {clustered} {partitioned audit_messages};

create index audit_messages_by_entry on audit_messages (account_id, number);

-- The nightly proof of the audit trail's chains and of the archives: what is due, and how far it is. What it found last
-- lies in the sealed note (settings/seals.py); here only what older programs have found, until the next one is through.
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

-- What a mailbox's messages are kept in for good: one chain for each, beside the audit trail's. No foreign keys: an
-- archive stays when its mailbox is deleted here.
create table archives (
    account_id bigint primary key,
    address text not null,            -- as it was last
    is_on integer not null,
    turned_at bigint not null,        -- when it was turned on or off
    keep_months integer,              -- null: for ever
    was_vip integer not null default 0,   -- its mailbox was, when it was deleted here
    length bigint not null default 0, -- the newest entry's number
    hash {blob},                      -- the newest entry's
    base bigint not null default 0,   -- the newest number that was removed when its time was over
    base_hash {blob},                 -- of the entry of that number
    anchor {blob},                    -- number and hash of the newest entry, sealed with row identity
    messages bigint not null default 0,   -- how many it holds, with how many octets
    octets bigint not null default 0,
    fill_below bigint,                -- messages of before, with ids below, are still to be noted; null: none are
    fill_total bigint not null default 0,
    fill_passed bigint not null default 0,
    attempts integer not null default 0,  -- that failed in a row, over everything and not over one message
    rest_until bigint not null default 0,
    problem text                      -- the provider's code for that
) {clustered};

create table archive_entries (
    account_id bigint not null,
    number bigint not null,           -- from 1 on, without gaps
    archived_at bigint not null,
    kind text not null,               -- message, text, on, off, pruned
    remote_id text,                   -- which message; null: it is about the archive itself
    at bigint not null,               -- when the message arrived
    direction text,                   -- in, out
    sender text,                      -- JSON [[name, email]]
    recipients text,                  -- JSON [[name, email]]
    subject text,
    internet_message_id text,
    sha256 text,                      -- of its octets, which lie in the blob directory
    size bigint,
    detail text not null default '{}',
    words text not null default '',   -- of subject and people, folded, to find it by
    hash {blob} not null,             -- of the entry before and of all of this
    primary key (account_id, number)
) {clustered} {partitioned archive_entries};
create unique index archive_entries_by_message on archive_entries (account_id, remote_id);
create index archive_entries_by_time on archive_entries (account_id, at, number);
create index archive_entries_by_hash on archive_entries (sha256);

-- Messages that are still to be put in. What is known of one is kept here, from its remote_id on, when it goes before.
create table archive_due (
    account_id bigint not null,
    message_id bigint not null,
    is_old integer not null default 0,    -- it was here when the archive began: after those that arrive
    attempts integer not null default 0,
    due_at bigint not null default 0,
    problem text,                     -- the provider's code for the last attempt
    remote_id text,
    received_at bigint,
    internet_message_id text,
    subject text,
    addresses text,
    content_type text,
    content {blob},
    sha256 text,
    size bigint,
    primary key (account_id, message_id)
) {clustered};
create index archive_due_in_turn on archive_due (account_id, is_old, due_at, message_id);
create index archive_due_by_hash on archive_due (sha256);

-- Activity records: what came from whom and went to whom, kept when the message itself has gone.
create table recordings (
    account_id bigint primary key references accounts (id) on delete cascade,
    is_on integer not null,
    turned_at bigint not null,        -- when it was turned on or off
    keep_months integer               -- how long records are kept; null: for ever
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
) {clustered} {partitioned activities};
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
) {clustered} {partitioned activity_contacts};
create index activity_contacts_by_message on activity_contacts (account_id, message_id);

-- Messages whose record was erased: they become none again when they are met anew. No name, no address.
create table activity_erasures (
    account_id bigint not null references accounts (id) on delete cascade,
    known_hash text not null,         -- SHA-256 of what the record was known as
    primary key (account_id, known_hash)
) {clustered};

-- Programs of the operator's that are told of activity records.
create table webhooks (
    id bigint primary key,
    account_id bigint references accounts (id) on delete cascade,   -- null: of all mailboxes
    name text not null,
    name_key text not null unique,
    sealed {blob} not null,           -- its address and secrets, with row identity
    created_at bigint not null,
    failures integer not null default 0,  -- in a row
    next_at bigint not null default 0,    -- nothing is sent before
    failing_since bigint,             -- nothing was taken since; null: the last was
    taken_at bigint,                  -- when the last was
    problem text,                     -- why the last was not
    paused_at bigint,
    is_given_up integer not null default 0    -- paused because nothing was taken for days
);
create index webhooks_by_account on webhooks (account_id);

-- What webhooks are to be told, and what became of it: written with the record, kept for a while.
create table webhook_deliveries (
    id bigint primary key,            -- in the order of what happened
    webhook_id bigint not null references webhooks (id) on delete cascade,
    event text not null,              -- the id by which the receiver knows it again
    kind text not null,               -- created, changed, erased
    account_id bigint not null,       -- which record; it may have gone with its mailbox
    message_id bigint not null,
    state text not null default 'waiting',    -- waiting, taken, refused, dropped
    due_at bigint not null default 0,
    claimed_until bigint not null default 0,
    holder text,                      -- who has claimed it last
    attempts integer not null default 0,
    failed_since bigint,              -- when it was not taken for the first time
    tried_at bigint,
    answer text,                      -- of the last attempt: status, or the name of an error
    ended_at bigint
);
create index webhook_deliveries_due on webhook_deliveries (webhook_id, due_at, id) where state = 'waiting';
create index webhook_deliveries_tried on webhook_deliveries (webhook_id, tried_at, id);
create index webhook_deliveries_waiting on webhook_deliveries (account_id, message_id) where state = 'waiting';
create index webhook_deliveries_refused on webhook_deliveries (webhook_id, ended_at) where state = 'refused';
create index webhook_deliveries_ended on webhook_deliveries (ended_at);

-- What goes one after the other: all that waits in a lane, a contact's or a record's, by number.
create table webhook_lanes (
    webhook_id bigint not null,
    lane text not null,
    delivery_id bigint not null references webhook_deliveries (id) on delete cascade,
    primary key (webhook_id, lane, delivery_id)
) {clustered};
create index webhook_lanes_by_delivery on webhook_lanes (delivery_id);

create table sync_states (
    account_id bigint primary key references accounts (id) on delete cascade,
    phase text not null default 'idle',
    due_at bigint not null,           -- when the next pull is due
    last_synced_at bigint,
    problem text,
    problem_detail text,
    retry_at bigint,
    failures integer not null default 0,
    holder text,                      -- the lease on pulling this account
    lease_until bigint,
    fence bigint not null default 0,
    poll_ms bigint                    -- how long after the last pull the next one is due by itself
);
create index sync_states_due on sync_states (due_at);

-- What the provider has promised to tell of an account, and when that is to be renewed.
create table subscriptions (
    account_id bigint primary key references accounts (id) on delete cascade,
    remote_id text unique,            -- null: there is none now
    secret_hash text not null default '',  -- SHA-256 of what every notification must name
    url text not null default '',     -- the address that is told
    expires_at bigint,
    renewed_at bigint,
    due_at bigint not null,           -- when to look after it again
    failures integer not null default 0,
    problem text,                     -- the provider's code for the last attempt
    claimed_until bigint,             -- somebody is looking after it; from then on anyone may
    fence bigint not null default 0,
    is_asked integer not null default 0  -- one was asked for, and what became of it is not known
);
create index subscriptions_due on subscriptions (due_at);

create table folders (
    account_id bigint not null references accounts (id) on delete cascade,
    id bigint not null,
    remote_id text not null,
    parent_id bigint,
    parent_remote_id text,            -- kept until the parent is known
    name text not null,
    role text,
    is_hidden integer not null default 0,
    total integer not null default 0,
    unread integer not null default 0,
    total_threads integer not null default 0,
    unread_threads integer not null default 0,
    remote_total integer not null default 0,
    remote_unread integer not null default 0,
    due_at bigint not null default 0, -- when its messages should be looked at again
    pulled_at bigint,                 -- the end of its last complete round
    has_left integer not null default 0,  -- gone at the provider; stays until its messages are located
    failures integer not null default 0,  -- how many of its rounds in a row were refused
    problem text,                     -- the provider's code for that
    beyond integer not null default 0,  -- items the provider counts that are no messages, or can't be read
    beyond_unread integer not null default 0,
    measured_total integer,             -- the provider's counters when beyond was last measured
    measured_unread integer,
    is_new integer not null default 0,    -- made here, not yet at the provider: its remote id is no real one
    confirmed_modseq bigint not null default 0,  -- of the last change of ours that the provider has made
    sort_order integer,               -- where people have put it in lists
    primary key (account_id, id),
    unique (account_id, remote_id)
) {clustered};

-- The folders that users want at hand, in their own order.
create table favourites (
    user_id bigint not null references users (id) on delete cascade,
    account_id bigint not null,
    folder_id bigint not null,
    place integer not null,
    primary key (user_id, account_id, folder_id),
    foreign key (account_id, folder_id) references folders (account_id, id) on delete cascade
) {clustered};
create index favourites_by_folder on favourites (account_id, folder_id);

-- Whether a user wants to see a folder, where they have said so.
create table folder_wishes (
    user_id bigint not null references users (id) on delete cascade,
    account_id bigint not null,
    folder_id bigint not null,
    is_subscribed integer not null,
    primary key (user_id, account_id, folder_id),
    foreign key (account_id, folder_id) references folders (account_id, id) on delete cascade
) {clustered};
create index folder_wishes_by_folder on folder_wishes (account_id, folder_id);

-- Senders whose pictures from outside a user wants to see without being asked.
create table picture_senders (
    user_id bigint not null references users (id) on delete cascade,
    address_key text not null,        -- as addresses are compared
    address text not null,
    allowed_at bigint not null,
    primary key (user_id, address_key)
) {clustered};

-- When mail that a mailbox forwards last came back, because its organisation lets none be sent on to others.
create table forwarding_refusals (
    account_id bigint primary key references accounts (id) on delete cascade,
    at bigint not null
) {clustered};

-- What needs a person, while it lasts, and whether administrators were told of it.
create table troubles (
    id text primary key,
    since bigint not null,            -- when it was first seen
    told_at bigint,
    over_at bigint,                   -- it is over, of which they are still to be told
    claimed_until bigint not null default 0  -- somebody tells them just now
) {clustered};

-- Where to resume reading: folder 0 is the folder list itself.
create table cursors (
    account_id bigint not null references accounts (id) on delete cascade,
    folder_id bigint not null,
    link text not null,
    is_complete integer not null,     -- 1: a delta link, 0: more pages follow
    is_sweep integer not null default 0,  -- 1: a full read whose end removes what was not seen
    updated_at bigint not null,
    primary key (account_id, folder_id)
) {clustered};

-- What a full read has met so far; only while a sweep is under way.
create table sweep_seen (
    account_id bigint not null references accounts (id) on delete cascade,
    folder_id bigint not null,
    message_id bigint not null,
    primary key (account_id, folder_id, message_id)
) {clustered};

create table threads (
    account_id bigint not null references accounts (id) on delete cascade,
    id bigint not null,
    key text not null,
    primary key (account_id, id),
    unique (account_id, key)
) {clustered} {partitioned threads};

-- Of an internal mailbox: the Message-IDs that a thread's messages have or name, each with their subject, as hashes.
create table thread_names (
    account_id bigint not null references accounts (id) on delete cascade,
    name text not null,
    thread_id bigint not null,
    primary key (account_id, name)
) {clustered} {partitioned thread_names};
create index thread_names_by_thread on thread_names (account_id, thread_id);

create table messages (
    account_id bigint not null references accounts (id) on delete cascade,
    id bigint not null,
    remote_id text not null,
    thread_id bigint not null,
    received_at bigint not null,
    sent_at bigint,
    internet_message_id text,
    subject text not null,
    preview text not null,
    addresses text not null,          -- JSON {"from": [[name, email]], "sender", "to", "cc", "bcc", "replyTo"}
    has_attachment integer not null,
    size bigint not null,
    is_seen integer not null,
    is_flagged integer not null,
    is_draft integer not null,
    is_answered integer not null default 0,
    is_forwarded integer not null default 0,
    importance integer not null,
    categories text not null default '[]',
    due_at bigint,
    attachments_known integer not null default 0,
    list_again_at bigint not null default 0,  -- its attachments could not be listed: not before then
    keywords text not null default '[]',      -- JSON list of the further ones, in small letters
    in_reply_to text,                 -- JSON list of Message-IDs; null: the provider does not tell them
    refs text,                        -- JSON list of Message-IDs; null: likewise
    is_other integer not null default 0,      -- not among what the provider takes for important
    event text,                       -- request, response, news: a message about a meeting
    receipt text,                     -- asked, sent, declined: what became of the read receipt it asks for
    header_told text,                 -- JSON {property: value} of what the header says beyond this row; null: not noted
    primary key (account_id, id),
    unique (account_id, remote_id)
) {clustered} {partitioned messages};
create index messages_by_thread on messages (account_id, thread_id, received_at, id);
create index messages_by_date on messages (account_id, received_at, id);
create index messages_to_list on messages (account_id, received_at) where attachments_known = 0;

-- Membership, and the index behind every list. The flags are copies for filtered lists and counters.
create table folder_messages (
    account_id bigint not null references accounts (id) on delete cascade,
    folder_id bigint not null,
    received_at bigint not null,
    message_id bigint not null,
    thread_id bigint not null,
    is_unread integer not null,
    is_flagged integer not null,
    primary key (account_id, folder_id, received_at, message_id)
) {clustered} {partitioned folder_messages};
create unique index folder_messages_by_message on folder_messages (account_id, message_id, folder_id);
create index folder_messages_by_thread on folder_messages
    (account_id, folder_id, thread_id, received_at, message_id, is_unread, is_flagged);
create index folder_messages_unread on folder_messages (account_id, folder_id, received_at, message_id, thread_id)
    where is_unread = 1;
create index folder_messages_flagged on folder_messages (account_id, folder_id, received_at, message_id, thread_id)
    where is_flagged = 1;

create table bodies (
    account_id bigint not null references accounts (id) on delete cascade,
    message_id bigint not null,
    content_type text not null,
    content {blob} not null,          -- zlib-compressed UTF-8
    primary key (account_id, message_id)
) {partitioned bodies};

create table attachments (
    account_id bigint not null references accounts (id) on delete cascade,
    message_id bigint not null,
    position integer not null,
    remote_id text not null,
    name text not null,
    content_type text not null,
    size bigint not null,
    content_id text,
    is_inline integer not null,
    kind text not null,
    primary key (account_id, message_id, position)
) {clustered} {partitioned attachments};

-- Octets fetched once and kept: name is "mime", "head", "fields" or "att:<position>"; sha256 finds them in the blob directory.
create table message_blobs (
    account_id bigint not null references accounts (id) on delete cascade,
    message_id bigint not null,
    name text not null,
    sha256 text not null,
    size bigint not null,
    primary key (account_id, message_id, name)
) {clustered} {partitioned message_blobs};
create index message_blobs_by_hash on message_blobs (sha256);

-- Reported as gone from a folder, not yet asked for by id: a removal is not a deletion.
create table departures (
    account_id bigint not null references accounts (id) on delete cascade,
    message_id bigint not null,
    folder_id bigint not null,
    at bigint not null,
    primary key (account_id, message_id)
) {clustered};

-- Stored without its text, which could not be read then: it is asked for again.
create table missing_texts (
    account_id bigint not null references accounts (id) on delete cascade,
    message_id bigint not null,
    again_at bigint not null default 0,  -- not to be asked for before then
    primary key (account_id, message_id)
) {clustered};

-- Programs that work here, by the name under which each holds claims; beats rise while it lives.
create table holders (
    name text primary key,
    beats bigint not null,
    place text not null default '',   -- only one program at a time can be there; the next one there knows it dead
    role text not null default 'all', -- web, worker or all
    version text not null default '',
    host text not null default '',
    began_at bigint not null default 0,
    beat_at bigint not null default 0,-- by its own clock: for people to read
    told text not null default '{}'   -- how it is doing, as JSON
);

create table writeback_ops (
    account_id bigint not null references accounts (id) on delete cascade,
    id bigint not null,
    message_id bigint not null,
    kind text not null,
    payload text not null,
    undo text not null,
    attempts integer not null default 0,
    is_in_flight integer not null default 0,
    holder text,                      -- who sends it; from claimed_until on anyone may
    claimed_until bigint,
    fence bigint not null default 0,  -- rises with each claim, and each time one is freed
    is_contested integer not null default 0,  -- the provider reported something else while it was in flight
    target_folder bigint,             -- where a message is going: not before that folder is there
    source_folder bigint,             -- where a message is leaving, or is destroyed: that folder is not destroyed before
    problem text,                     -- the provider's code for the last attempt's failure
    own_failures integer not null default 0,  -- attempts that failed over this change and not over everything
    conflicts integer not null default 0,     -- attempts that met somebody else at the same thing
    due_at bigint not null,
    created_at bigint not null,
    created_by bigint,
    primary key (account_id, id)
) {clustered};
create index writeback_ops_by_message on writeback_ops (account_id, message_id, id);
create index writeback_ops_in_flight on writeback_ops (account_id, kind, holder, claimed_until) where is_in_flight = 1;
create index writeback_ops_due on writeback_ops (due_at);

-- Changes of folders, made at the provider one by one in their order.
create table folder_ops (
    account_id bigint not null references accounts (id) on delete cascade,
    id bigint not null,
    folder_id bigint not null,
    remote_id text not null,          -- when it was queued: the folder may be gone from here by then
    name text not null,
    kind text not null,
    payload text not null,
    undo text not null,
    attempts integer not null default 0,
    own_failures integer not null default 0,
    conflicts integer not null default 0,
    problem text,
    is_in_flight integer not null default 0,
    holder text,
    claimed_until bigint,
    fence bigint not null default 0,
    due_at bigint not null,
    created_at bigint not null,
    created_by bigint,
    primary key (account_id, id)
) {clustered};
create index folder_ops_due on folder_ops (due_at);

-- Changes the provider has confirmed: an answer asked for before that does not know of them yet.
create table confirmations (
    account_id bigint not null references accounts (id) on delete cascade,
    op_id bigint not null,
    remote_id text not null,
    kind text not null,
    fields text not null,             -- JSON list: what a SET has set
    modseq bigint not null,           -- the account's, just before the confirmation
    at bigint not null,
    primary key (account_id, op_id)
) {clustered};

-- Octets that lost a message which kept them: removed from the blob directory when no other one does.
create table loose_blobs (
    sha256 text primary key
) {clustered};

create table notices (
    account_id bigint not null references accounts (id) on delete cascade,
    id bigint not null,
    at bigint not null,
    kind text not null,
    message_id bigint not null,
    code text not null,
    detail text not null,
    user_id bigint,
    folder text,                      -- a folder's name, where the change was one of a folder
    primary key (account_id, id)
) {clustered};

-- Checks: the mirror compared with the provider message by message. Kept 90 days.
create table checks (
    account_id bigint not null references accounts (id) on delete cascade,
    id bigint not null,
    reason text not null,             -- asked, nightly, counters
    asked_by bigint,
    state text not null,              -- waiting, running, done
    asked_at bigint not null,
    due_at bigint not null,           -- when it begins or goes on
    started_at bigint,
    ended_at bigint,
    compared integer not null default 0,   -- messages found at the provider
    folders_left integer not null default 0,  -- not compared: they are still being read
    requests integer not null default 0,
    missing integer not null default 0,
    extra integer not null default 0,
    misplaced integer not null default 0,
    flags integer not null default 0,
    unreadable integer not null default 0,
    undecided integer not null default 0,
    repaired integer not null default 0,
    failures integer not null default 0,
    problem text,                     -- the provider's code for what it waits for
    holder text,                      -- the lease on carrying it out
    lease_until bigint,
    fence bigint not null default 0,
    history_from bigint,              -- mail received before was not compared
    primary key (account_id, id)
) {clustered};
create index checks_open on checks (due_at) where state <> 'done';

-- How far a check is: the folders it compares; those behind it keep what was counted.
create table check_folders (
    account_id bigint not null references accounts (id) on delete cascade,
    folder_id bigint not null,
    is_done integer not null default 0,
    is_listed integer not null default 0,  -- 1: to its end; 0: not yet, or it is gone
    cursor text,
    restarts integer not null default 0,
    newest_id bigint not null default 0,   -- ids above it came here after the list was begun
    listed integer not null default 0,
    listed_unread integer not null default 0,
    unreadable integer not null default 0, -- places that were stepped over
    remote_total integer not null default 0,  -- the provider's counters when the list was begun
    remote_unread integer not null default 0,
    primary key (account_id, folder_id)
) {clustered};

-- Messages that a check has met in the folder it is listing.
create table check_seen (
    account_id bigint not null references accounts (id) on delete cascade,
    folder_id bigint not null,
    message_id bigint not null,
    primary key (account_id, folder_id, message_id)
) {clustered};

-- What seemed to differ: asked for by id twice before it counts.
create table check_suspects (
    account_id bigint not null references accounts (id) on delete cascade,
    remote_id text not null,
    folder_id bigint not null,
    is_unknown integer not null,      -- 1: listed by the provider and not held by us
    told text,                        -- what the provider said of it by id; null: not asked yet
    due_at bigint not null,
    tries integer not null default 0,
    primary key (account_id, remote_id)
) {clustered};

-- The single differences of an account's last checks.
create table check_findings (
    account_id bigint not null references accounts (id) on delete cascade,
    check_id bigint not null,
    id bigint not null,
    kind text not null,               -- missing, extra, misplaced, flags, unreadable, undecided
    remote_id text,                   -- null: only its place is known
    message_id bigint,
    folder text not null,
    subject text not null,
    number integer not null default 1,  -- of how many messages it speaks
    is_repaired integer not null,
    primary key (account_id, check_id, id)
) {clustered};

-- Octets that clients brought for a draft to come; they go after a day.
create table uploads (
    account_id bigint not null references accounts (id) on delete cascade,
    id bigint not null,
    user_id bigint not null,
    sha256 text not null,
    size bigint not null,
    content_type text not null,
    created_at bigint not null,
    is_used integer not null default 0,  -- a message was made of it
    primary key (account_id, id)
) {clustered};
create index uploads_unused on uploads (user_id) where is_used = 0;
create index uploads_by_user on uploads (user_id, created_at);
create index uploads_by_hash on uploads (sha256);

-- Messages written here, until they are sent.
create table drafts (
    account_id bigint not null references accounts (id) on delete cascade,
    message_id bigint not null,
    key text not null,                -- finds it at the provider
    internet_message_id text not null,
    in_reply_to text not null,        -- JSON list of Message-IDs
    refs text not null,               -- JSON list of Message-IDs
    step text not null,               -- new, asked, done
    told text,                        -- JSON: digests of its content as the provider tells it
    problem text,                     -- the provider's code for refusing it
    has_namesake integer not null default 0,  -- other mail has, or had, its Message-ID
    is_answer integer not null default 0,     -- it answers what was here when it was written
    primary key (account_id, message_id)
) {clustered};
create unique index drafts_by_message_id on drafts (account_id, internet_message_id);

-- How far the attachments of a draft have come; their octets are in message_blobs.
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
    envelope text not null,           -- JSON
    recipients integer not null,
    state text not null,              -- pending, sending, final, canceled, failed
    step text not null,               -- ready, asked, accepted, missing
    waits_for text,                   -- minute, day: a limit of the provider makes it later; service, sign_in: it
                                      -- was not taken; answer: it does not tell; forgotten: only the limits count it
    code text,
    detail text,                      -- the provider's code for why it failed, or what it waits for
    marks text not null,              -- JSON [[message id, field]]: what is set when it is sent
    delivery text not null,           -- JSON {address: [reply, delivered]}
    send_at bigint not null,
    due_at bigint not null,
    asked_at bigint,                  -- when the provider was last asked to send it
    ended_at bigint,
    attempts integer not null default 0,
    holder text,
    claimed_until bigint,
    fence bigint not null default 0,
    created_at bigint not null,
    created_by bigint,
    is_kept integer not null default 1,  -- 0: its message is destroyed as soon as it is sent
    seals integer not null default 0,  -- how many keys of its own the draft was given, or was about to be
    sealed integer not null default 0,  -- the one that it was asked for under last; 0: under none
    primary key (account_id, id)
) {clustered};
create index submissions_due on submissions (due_at) where state in ('pending', 'sending');
create index submissions_by_message on submissions (account_id, message_id);
create index submissions_by_message_id on submissions (account_id, internet_message_id);
create index submissions_by_time on submissions (account_id, asked_at);
create index submissions_by_send_at on submissions (account_id, send_at, id);

-- The addresses that mail may be sent from, the account's own first.
create table account_addresses (
    account_id bigint not null references accounts (id) on delete cascade,
    id bigint not null,
    email text not null,
    email_key text not null,          -- case-folded
    position integer not null,
    told_at bigint not null,
    primary key (account_id, id),
    unique (account_id, email_key)
) {clustered};

-- Messages that look like the report of a failed delivery, to be read.
create table bounces (
    account_id bigint not null references accounts (id) on delete cascade,
    message_id bigint not null,
    attempts integer not null default 0,
    due_at bigint not null,
    primary key (account_id, message_id)
) {clustered};

-- The change log. modseq rises by one a row, under the account's row lock.
create table changes (
    account_id bigint not null references accounts (id) on delete cascade,
    type text not null,
    modseq bigint not null,
    object_id bigint not null,
    op text not null,
    at bigint not null,
    primary key (account_id, type, modseq)
) {clustered} {partitioned changes};

-- What users are told of their own rights. account_id is the account that it is told in, which they can read; the one
-- that it is about, and who changed it, may be gone, so these have no foreign keys. Levels are null for none. One that
-- was destroyed stays for a while: whose it was is how /changes tells it to nobody else.
create table share_notifications (
    account_id bigint not null references accounts (id) on delete cascade,
    id bigint not null,
    user_id bigint not null references users (id) on delete cascade,
    created_at bigint not null,
    changed_by bigint,
    changed_by_name text not null,
    about_account bigint not null,
    about_folder bigint,               -- its inbox, where it has one by then
    is_internal integer not null,
    name text not null,
    old_level integer,
    new_level integer,
    destroyed_at bigint,
    primary key (account_id, id)
) {clustered};
create index share_notifications_by_user on share_notifications (user_id, account_id);

-- Who is reading or answering which message: said again and again by each window, and gone by itself. What is said of a
-- user, a login or a grant that has ended stands no more, and is still here until that was told: no foreign keys.
create table presences (
    account_id bigint not null references accounts (id) on delete cascade,
    user_id bigint not null,
    login_key text not null,          -- the login or API token it was said by, by hash
    client text not null,             -- one window or program of it, by the name it gave itself
    message_id bigint not null,
    is_answering integer not null,
    since bigint not null,
    ends_at bigint not null,          -- unless it is said again; moved on in coarse steps
    primary key (account_id, user_id, login_key, client, message_id)
) {clustered};

-- Full-text search. The index itself, message_words, is the database's own; its rows have a number that rises with
-- the account and the arrival, so that the newest hits come first by themselves. No foreign keys: what is said
-- here of an account that is gone is how its words are found and removed.
create table documents (
    account_id bigint not null,
    doc bigint not null,              -- its row in message_words
    message_id bigint not null,
    primary key (account_id, doc)
) {clustered} {partitioned documents};
create unique index documents_by_message on documents (account_id, message_id);

-- How far an account's messages are in the index: those with ids above low and up to high.
create table search_progress (
    account_id bigint not null primary key references accounts (id) on delete cascade,
    low bigint not null,
    high bigint not null,
    indexed bigint not null           -- how many that are
) {clustered};

-- Messages that changed or went after they were indexed, or may have.
create table search_due (
    account_id bigint not null references accounts (id) on delete cascade,
    message_id bigint not null,
    version integer not null default 1,
    primary key (account_id, message_id)
) {clustered};

-- Accounts that are gone and whose words are still there.
create table search_gone (
    account_id bigint not null primary key
) {clustered};

{message_words}

-- What a user has of their own for an address of an account: under which name and signature they write.
create table identity_texts (
    account_id bigint not null references accounts (id) on delete cascade,
    user_id bigint not null references users (id) on delete cascade,
    email_key text not null,          -- case-folded
    name text not null,               -- empty: the user's own
    reply_to text,                    -- JSON list of [name, email]; null: none
    bcc text,                         -- likewise
    signature_id bigint,              -- chosen for new letters; 0: none; null, or one that is gone: as the defaults say
    answer_signature_id bigint,       -- likewise, for answers
    primary key (account_id, user_id, email_key)
) {clustered};

-- What is kept to be put into letters: signatures and templates, of a user or of an account.
create table boilerplate (
    id bigint primary key,
    kind text not null,               -- signature, template
    user_id bigint references users (id) on delete cascade,        -- whose; null: the account's
    account_id bigint references accounts (id) on delete cascade,  -- where; null: wherever its user writes
    name text not null,
    subject text not null,            -- of a template
    html text not null,               -- empty: it is plain text; pictures stand in it
    plain text not null,
    is_default integer not null,      -- of a signature: for new letters
    is_answer_default integer not null,
    recipients text                   -- of a template: JSON {to, cc, bcc}, each a list of [name, email]; null: nobody
);
create index boilerplate_by_user on boilerplate (user_id);
create index boilerplate_by_account on boilerplate (account_id);

-- What is attached when a template is put into a letter.
create table boilerplate_files (
    boilerplate_id bigint not null references boilerplate (id) on delete cascade,
    id bigint not null,
    name text not null,
    content_type text not null,       -- as whoever brought it says
    sha256 text not null,
    size bigint not null,
    primary key (boilerplate_id, id)
) {clustered};
create index boilerplate_files_by_hash on boilerplate_files (sha256);

-- Recipients that go by one name, of a user or of an account.
create table recipient_groups (
    id bigint primary key,
    user_id bigint references users (id) on delete cascade,        -- whose; null: the account's
    account_id bigint references accounts (id) on delete cascade,
    name text not null,
    members text not null             -- JSON list of [name, email]
);
create index recipient_groups_by_user on recipient_groups (user_id);
create index recipient_groups_by_account on recipient_groups (account_id);

-- Objects that hold octets somewhere else: an object storage, or a folder that machines share. Each time that octets
-- are stored they get a name of their own (docs/decisions/0033). Content has no account: the same octets are stored once.
create table blob_objects (
    place text not null,              -- where they are, by the mark that lies there
    sha256 text not null,
    generation text not null,
    size bigint not null,
    state text not null,              -- coming, present, lost, going
    stored_at bigint not null,        -- last; of what is coming or lost, since when
    primary key (place, sha256, generation)
) {clustered};
create index blob_objects_by_time on blob_objects (place, state, stored_at, sha256);

-- Scripts, styles and pictures of the page, of every build that a web process had lately: each of them answers for all,
-- so that a page finds its files while processes are renewed one after the other (docs/decisions/0037).
create table page_files (
    name text primary key,            -- below assets/; what is in a file is in its name
    octets {blob} not null,           -- gzip
    sealed {blob} not null,           -- the SHA-256 of the octets, so that nobody without the key puts a script here
    seen_at bigint not null           -- when a process that has it last said so
) {clustered};
