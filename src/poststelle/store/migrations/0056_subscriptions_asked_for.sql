-- Whether a subscription was asked for and it is not known what became of it. Only then is one looked for that is ours
-- and that we do not know: an application by itself is shown those of all its mailboxes, a hundred at a time.
alter table subscriptions add column is_asked integer not null default 0;
update subscriptions set is_asked = 1 where remote_id is null and claimed_until is not null;
