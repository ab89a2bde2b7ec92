-- How often the draft was given a key of its own before it was asked to be sent.
alter table submissions add column seals integer not null default 0;
