-- What the header of a message in an internal mailbox says beyond its row. Of messages that are there already it is
-- noted when they are first asked for.
alter table messages add column header_told text;
