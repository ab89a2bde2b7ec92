-- Which subscriptions are due is asked every other second by every worker.
create index subscriptions_due on subscriptions (due_at);
