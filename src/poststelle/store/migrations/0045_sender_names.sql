-- By which name recipients see a person, where that is another than colleagues do.
alter table users add column sender_name text not null default '';
