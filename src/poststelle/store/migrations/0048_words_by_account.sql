-- The search index is kept by account, as all mail is.
create table documents_by_account (
    account_id bigint not null,
    doc bigint not null,
    message_id bigint not null,
    primary key (account_id, doc)
) {clustered};
insert into documents_by_account (account_id, doc, message_id) select account_id, doc, message_id from documents;
drop table documents;
alter table documents_by_account rename to documents;
create unique index documents_by_message on documents (account_id, message_id);
{message_words_by_account}
