-- When mail that a mailbox forwards last came back, because its organisation lets none be sent on to others.
create table forwarding_refusals (
    account_id bigint primary key references accounts (id) on delete cascade,
    at bigint not null
) {clustered};
