-- An order of folders that people set, and what they have of their own for an address they write from.
alter table folders add column sort_order integer;
create table identity_texts (
    account_id bigint not null references accounts (id) on delete cascade,
    user_id bigint not null references users (id) on delete cascade,
    email_key text not null,
    name text not null,
    reply_to text,
    bcc text,
    text_signature text not null,
    html_signature text not null,
    primary key (account_id, user_id, email_key)
) {clustered};
