alter table accounts add column history_months integer;
alter table accounts add column history_from bigint;
alter table folders add column measured_total integer;
alter table folders add column measured_unread integer;
alter table checks add column history_from bigint;
