create index submissions_by_send_at on submissions (account_id, send_at, id);
