-- How many keys of its own the draft was given, or was about to be; and the one that it was asked for under last.
alter table submissions add column seals integer not null default 0;
alter table submissions add column sealed integer not null default 0;
