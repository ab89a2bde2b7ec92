-- For which new mail a device is woken.
alter table push_subscriptions add column arrivals text;
