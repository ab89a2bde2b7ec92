-- Accounts whose organisation is to approve our app before anybody can sign in.
create table approvals (
    account_id bigint primary key references accounts (id) on delete cascade,
    code text not null,
    asked_at bigint not null,
    look_at bigint,
    was_unknown integer not null default 0,
    given_at bigint
);
create index approvals_due on approvals (look_at);

-- What our program by itself opens in an organisation, and that it does not open a mailbox which is none of its business.
create table application_proofs (
    tenant text not null,
    client_id text not null,
    control text not null,
    opened text not null,
    control_result text not null,
    at bigint not null,
    user_id bigint,
    next_at bigint not null,
    primary key (tenant, client_id)
);
