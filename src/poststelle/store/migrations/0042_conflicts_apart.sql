-- How often a change met somebody else at the same thing, beside how often the provider failed over it.
alter table writeback_ops add column conflicts integer not null default 0;
alter table folder_ops add column conflicts integer not null default 0;
