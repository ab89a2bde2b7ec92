-- What each running program says of itself, for who looks after several of them.
alter table holders add column place text not null default '';
alter table holders add column role text not null default 'all';
alter table holders add column version text not null default '';
alter table holders add column host text not null default '';
alter table holders add column began_at bigint not null default 0;
alter table holders add column beat_at bigint not null default 0;
alter table holders add column told text not null default '{}';
create index writeback_ops_in_flight on writeback_ops (account_id, kind, holder, claimed_until) where is_in_flight = 1;
