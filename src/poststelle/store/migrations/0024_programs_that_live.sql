-- Messages that go when they are sent, and the programs that work on this store.
alter table submissions add column is_kept integer not null default 1;
create table holders (
    name text primary key,
    beats bigint not null
);
