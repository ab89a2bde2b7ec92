-- What a token may in the administration API: 0 nothing, 1 see, 2 change.
alter table api_tokens add column administration integer not null default 0;
