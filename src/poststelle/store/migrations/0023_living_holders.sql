-- Messages that go when they are sent.
alter table submissions add column is_kept integer not null default 1;
