-- Who comes late with what became of a change is refused, as everywhere else: by a number that rises with each claim.
alter table writeback_ops add column fence bigint not null default 0;
alter table folder_ops add column fence bigint not null default 0;
-- Who sends it, so that what a killed program was at is free as soon as that is missed.
alter table push_subscriptions add column holder text;
alter table webhook_deliveries add column holder text;
