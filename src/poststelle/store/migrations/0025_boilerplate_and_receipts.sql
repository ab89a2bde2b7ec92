-- Signatures and templates of users and of mailboxes, and which messages ask for a read receipt. A signature that was kept for an address becomes one of
-- its user's, for that mailbox alone, and the one that is chosen there.
alter table users add column phone text not null default '';
alter table users add column position text not null default '';
create table boilerplate (
    id bigint primary key,
    kind text not null,
    user_id bigint references users (id) on delete cascade,
    account_id bigint references accounts (id) on delete cascade,
    name text not null,
    subject text not null,
    html text not null,
    plain text not null,
    is_default integer not null,
    is_answer_default integer not null
);
create index boilerplate_by_user on boilerplate (user_id);
create index boilerplate_by_account on boilerplate (account_id);
alter table identity_texts add column signature_id bigint;
alter table identity_texts add column answer_signature_id bigint;
insert into boilerplate (id, kind, user_id, account_id, name, subject, html, plain, is_default, is_answer_default)
select row_number() over (order by account_id, user_id, email_key), 'signature', user_id, account_id,
    email_key, '', html_signature, text_signature, 0, 0
from identity_texts where html_signature <> '' or text_signature <> '';
update identity_texts set
    signature_id = (select b.id from boilerplate b where b.user_id = identity_texts.user_id
        and b.account_id = identity_texts.account_id and b.name = identity_texts.email_key),
    answer_signature_id = (select b.id from boilerplate b where b.user_id = identity_texts.user_id
        and b.account_id = identity_texts.account_id and b.name = identity_texts.email_key);
insert into sequences (name, next_value) select 'boilerplate', max(id) + 1 from boilerplate having count(*) > 0;
alter table identity_texts drop column text_signature;
alter table identity_texts drop column html_signature;
-- What is held of Microsoft's was read without: each folder is read once more, as after a lost cursor.
alter table messages add column receipt text;
delete from cursors where folder_id > 0 and account_id in (select id from accounts where type = 'graph');
update folders set due_at = 0 where account_id in (select id from accounts where type = 'graph');
