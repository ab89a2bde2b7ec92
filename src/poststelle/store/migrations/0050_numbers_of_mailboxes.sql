-- A restore had the numbers of new mailboxes begin above those that the search index can hold.
update sequences
set next_value = (select coalesce(max(id), 0) + 1001 from accounts where id < 2097152)
where name = 'accounts' and next_value > 2097152;
