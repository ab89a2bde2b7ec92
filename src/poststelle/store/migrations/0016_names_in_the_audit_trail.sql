alter table audit add column user_name text;
alter table audit add column user_login text;
update audit set user_name = (select u.name from users u where u.id = audit.user_id),
                 user_login = (select u.login from users u where u.id = audit.user_id);
