-- schema 18, oldest code 1
create table meta (
 key text primary key,
 value text not null
);
create table sequences (
 name text primary key,
 next_value bigint not null
);
create table settings (
 key text primary key,
 value text,
 sealed {blob},
 changed_at bigint not null,
 changed_by bigint
);
create table users (
 id bigint primary key,
 login text not null,
 login_key text not null unique,
 name text not null,
 email text not null default '',
 password_hash text,
 is_active integer not null default 1,
 may_settings integer not null default 0,
 language text,
 theme text not null default 'system',
 failed_logins integer not null default 0,
 locked_until bigint,
 created_at bigint not null
);
create table logins (
 token_hash text primary key,
 user_id bigint not null references users (id) on delete cascade,
 created_at bigint not null,
 last_seen_at bigint not null,
 expires_at bigint not null,
 user_agent text not null default ''
);
create index logins_by_user on logins (user_id);
create table api_tokens (
 id bigint primary key,
 user_id bigint not null references users (id) on delete cascade,
 token_hash text not null unique,
 name text not null,
 level integer not null,
 is_for_all integer not null,
 created_at bigint not null,
 expires_at bigint,
 last_used_at bigint
);
create index api_tokens_by_user on api_tokens (user_id);
create table accounts (
 id bigint primary key,
 epoch bigint not null,
 modseq bigint not null,
 forgotten_modseq bigint not null default 0,
 next_id bigint not null,
 type text not null,
 address text not null,
 address_key text not null unique,
 name text not null default '',
 state text not null,
 state_reason text,
 is_active integer not null default 1,
 is_shared integer not null default 0,
 history_months integer,
 history_from bigint,
 created_at bigint not null,
 created_by bigint
);
create table grants (
 account_id bigint not null references accounts (id) on delete cascade,
 user_id bigint not null references users (id) on delete cascade,
 level integer not null,
 granted_at bigint not null,
 granted_by bigint,
 primary key (account_id, user_id)
) {clustered};
create index grants_by_user on grants (user_id, account_id);
create table api_token_accounts (
 token_id bigint not null references api_tokens (id) on delete cascade,
 account_id bigint not null references accounts (id) on delete cascade,
 primary key (token_id, account_id)
) {clustered};
create index api_token_accounts_by_account on api_token_accounts (account_id);
create table push_subscriptions (
 id bigint primary key,
 user_id bigint not null references users (id) on delete cascade,
 login_hash text references logins (token_hash) on delete cascade,
 token_hash text references api_tokens (token_hash) on delete cascade,
 device_client_id text not null,
 sealed {blob} not null,
 types text,
 expires_at bigint not null,
 is_code_sent integer not null default 0,
 is_verified integer not null default 0,
 next_at bigint not null,
 failures integer not null default 0
);
create index push_subscriptions_by_user on push_subscriptions (user_id);
create index push_subscriptions_by_login on push_subscriptions (login_hash);
create index push_subscriptions_by_token on push_subscriptions (token_hash);
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
 rank integer not null,
 kind text not null default 'own',
 user_id bigint,
 remote_user text not null,
 tenant text not null,
 username text not null,
 authority text not null,
 token_cache {blob} not null,
 state text not null,
 state_reason text,
 lost_at bigint,
 created_at bigint not null,
 refreshed_at bigint not null,
 renew_at bigint not null default 0
);
create index sign_ins_by_account on sign_ins (account_id, rank);
create index sign_ins_due on sign_ins (renew_at);
create table app_troubles (
 client_id text primary key,
 code text not null,
 at bigint not null
);
create table sign_in_flows (
 state_hash text primary key,
 account_id bigint not null references accounts (id) on delete cascade,
 user_id bigint not null references users (id) on delete cascade,
 flow {blob} not null,
 created_at bigint not null,
 expires_at bigint not null
);
create table audit (
 id bigint primary key,
 at bigint not null,
 user_id bigint,
 user_name text,
 user_login text,
 action text not null,
 account_id bigint,
 subject text not null default '',
 detail text not null default '{}'
);
create index audit_by_account on audit (account_id, id);
create table sync_states (
 account_id bigint primary key references accounts (id) on delete cascade,
 phase text not null default 'idle',
 due_at bigint not null,
 last_synced_at bigint,
 problem text,
 problem_detail text,
 retry_at bigint,
 failures integer not null default 0,
 holder text,
 lease_until bigint,
 fence bigint not null default 0,
 poll_ms bigint
);
create index sync_states_due on sync_states (due_at);
create table subscriptions (
 account_id bigint primary key references accounts (id) on delete cascade,
 remote_id text unique,
 secret_hash text not null default '',
 url text not null default '',
 expires_at bigint,
 renewed_at bigint,
 due_at bigint not null,
 failures integer not null default 0,
 problem text,
 claimed_until bigint,
 fence bigint not null default 0
);
create table folders (
 account_id bigint not null references accounts (id) on delete cascade,
 id bigint not null,
 remote_id text not null,
 parent_id bigint,
 parent_remote_id text,
 name text not null,
 role text,
 is_hidden integer not null default 0,
 total integer not null default 0,
 unread integer not null default 0,
 total_threads integer not null default 0,
 unread_threads integer not null default 0,
 remote_total integer not null default 0,
 remote_unread integer not null default 0,
 due_at bigint not null default 0,
 pulled_at bigint,
 has_left integer not null default 0,
 failures integer not null default 0,
 problem text,
 beyond integer not null default 0,
 beyond_unread integer not null default 0,
 measured_total integer,
 measured_unread integer,
 is_new integer not null default 0,
 confirmed_modseq bigint not null default 0,
 primary key (account_id, id),
 unique (account_id, remote_id)
) {clustered};
create table cursors (
 account_id bigint not null references accounts (id) on delete cascade,
 folder_id bigint not null,
 link text not null,
 is_complete integer not null,
 is_sweep integer not null default 0,
 updated_at bigint not null,
 primary key (account_id, folder_id)
) {clustered};
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
) {clustered};
create table thread_names (
 account_id bigint not null references accounts (id) on delete cascade,
 name text not null,
 thread_id bigint not null,
 primary key (account_id, name)
) {clustered};
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
 addresses text not null,
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
 list_again_at bigint not null default 0,
 keywords text not null default '[]',
 in_reply_to text,
 refs text,
 primary key (account_id, id),
 unique (account_id, remote_id)
) {clustered};
create index messages_by_thread on messages (account_id, thread_id, received_at, id);
create index messages_by_date on messages (account_id, received_at, id);
create index messages_to_list on messages (account_id, received_at) where attachments_known = 0;
create table folder_messages (
 account_id bigint not null references accounts (id) on delete cascade,
 folder_id bigint not null,
 received_at bigint not null,
 message_id bigint not null,
 thread_id bigint not null,
 is_unread integer not null,
 is_flagged integer not null,
 primary key (account_id, folder_id, received_at, message_id)
) {clustered};
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
 content {blob} not null,
 primary key (account_id, message_id)
);
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
) {clustered};
create table message_blobs (
 account_id bigint not null references accounts (id) on delete cascade,
 message_id bigint not null,
 name text not null,
 sha256 text not null,
 size bigint not null,
 primary key (account_id, message_id, name)
) {clustered};
create index message_blobs_by_hash on message_blobs (sha256);
create table departures (
 account_id bigint not null references accounts (id) on delete cascade,
 message_id bigint not null,
 folder_id bigint not null,
 at bigint not null,
 primary key (account_id, message_id)
) {clustered};
create table writeback_ops (
 account_id bigint not null references accounts (id) on delete cascade,
 id bigint not null,
 message_id bigint not null,
 kind text not null,
 payload text not null,
 undo text not null,
 attempts integer not null default 0,
 is_in_flight integer not null default 0,
 holder text,
 claimed_until bigint,
 is_contested integer not null default 0,
 target_folder bigint,
 source_folder bigint,
 problem text,
 own_failures integer not null default 0,
 due_at bigint not null,
 created_at bigint not null,
 created_by bigint,
 primary key (account_id, id)
) {clustered};
create index writeback_ops_by_message on writeback_ops (account_id, message_id, id);
create index writeback_ops_due on writeback_ops (due_at);
create table folder_ops (
 account_id bigint not null references accounts (id) on delete cascade,
 id bigint not null,
 folder_id bigint not null,
 remote_id text not null,
 name text not null,
 kind text not null,
 payload text not null,
 undo text not null,
 attempts integer not null default 0,
 own_failures integer not null default 0,
 problem text,
 is_in_flight integer not null default 0,
 holder text,
 claimed_until bigint,
 due_at bigint not null,
 created_at bigint not null,
 created_by bigint,
 primary key (account_id, id)
) {clustered};
create index folder_ops_due on folder_ops (due_at);
create table confirmations (
 account_id bigint not null references accounts (id) on delete cascade,
 op_id bigint not null,
 remote_id text not null,
 kind text not null,
 fields text not null,
 modseq bigint not null,
 at bigint not null,
 primary key (account_id, op_id)
) {clustered};
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
 folder text,
 primary key (account_id, id)
) {clustered};
create table checks (
 account_id bigint not null references accounts (id) on delete cascade,
 id bigint not null,
 reason text not null,
 asked_by bigint,
 state text not null,
 asked_at bigint not null,
 due_at bigint not null,
 started_at bigint,
 ended_at bigint,
 compared integer not null default 0,
 folders_left integer not null default 0,
 requests integer not null default 0,
 missing integer not null default 0,
 extra integer not null default 0,
 misplaced integer not null default 0,
 flags integer not null default 0,
 unreadable integer not null default 0,
 undecided integer not null default 0,
 repaired integer not null default 0,
 failures integer not null default 0,
 problem text,
 holder text,
 lease_until bigint,
 fence bigint not null default 0,
 history_from bigint,
 primary key (account_id, id)
) {clustered};
create index checks_open on checks (due_at) where state <> 'done';
create table check_folders (
 account_id bigint not null references accounts (id) on delete cascade,
 folder_id bigint not null,
 is_done integer not null default 0,
 is_listed integer not null default 0,
 cursor text,
 restarts integer not null default 0,
 newest_id bigint not null default 0,
 listed integer not null default 0,
 listed_unread integer not null default 0,
 unreadable integer not null default 0,
 remote_total integer not null default 0,
 remote_unread integer not null default 0,
 primary key (account_id, folder_id)
) {clustered};
create table check_seen (
 account_id bigint not null references accounts (id) on delete cascade,
 folder_id bigint not null,
 message_id bigint not null,
 primary key (account_id, folder_id, message_id)
) {clustered};
create table check_suspects (
 account_id bigint not null references accounts (id) on delete cascade,
 remote_id text not null,
 folder_id bigint not null,
 is_unknown integer not null,
 told text,
 due_at bigint not null,
 tries integer not null default 0,
 primary key (account_id, remote_id)
) {clustered};
create table check_findings (
 account_id bigint not null references accounts (id) on delete cascade,
 check_id bigint not null,
 id bigint not null,
 kind text not null,
 remote_id text,
 message_id bigint,
 folder text not null,
 subject text not null,
 number integer not null default 1,
 is_repaired integer not null,
 primary key (account_id, check_id, id)
) {clustered};
create table uploads (
 account_id bigint not null references accounts (id) on delete cascade,
 id bigint not null,
 user_id bigint not null,
 sha256 text not null,
 size bigint not null,
 content_type text not null,
 created_at bigint not null,
 is_used integer not null default 0,
 primary key (account_id, id)
) {clustered};
create index uploads_unused on uploads (user_id) where is_used = 0;
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
create index submissions_by_send_at on submissions (account_id, send_at, id);
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
create table changes (
 account_id bigint not null references accounts (id) on delete cascade,
 type text not null,
 modseq bigint not null,
 object_id bigint not null,
 op text not null,
 at bigint not null,
 primary key (account_id, type, modseq)
) {clustered};
create table documents (
 doc bigint not null primary key,
 account_id bigint not null,
 message_id bigint not null
) {clustered};
create unique index documents_by_message on documents (account_id, message_id);
create table search_progress (
 account_id bigint not null primary key references accounts (id) on delete cascade,
 low bigint not null,
 high bigint not null,
 indexed bigint not null
) {clustered};
create table search_due (
 account_id bigint not null references accounts (id) on delete cascade,
 message_id bigint not null,
 version integer not null default 1,
 primary key (account_id, message_id)
) {clustered};
create table search_gone (
 account_id bigint not null primary key
) {clustered};
{message_words}
