-- Which messages Outlook sorts out of its focused inbox, and which are about meetings. What is held of Microsoft's
-- was read without: each folder is read once more, as after a lost cursor.
alter table messages add column is_other integer not null default 0;
alter table messages add column event text;
delete from cursors where folder_id > 0 and account_id in (select id from accounts where type = 'graph');
update folders set due_at = 0 where account_id in (select id from accounts where type = 'graph');
