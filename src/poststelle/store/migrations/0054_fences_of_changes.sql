-- Who comes late with what became of a change is refused, as everywhere else: by a number that rises with each claim.
alter table writeback_ops add column fence bigint not null default 0;
alter table folder_ops add column fence bigint not null default 0;
