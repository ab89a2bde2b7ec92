-- Scripts, styles and pictures of the page, of every build that a web process had lately: each of them answers for all,
-- so that a page finds its files while processes are renewed one after the other (docs/decisions/0037).
create table page_files (
    name text primary key,            -- below assets/; what is in a file is in its name
    octets {blob} not null,           -- gzip
    sealed {blob} not null,           -- the SHA-256 of the octets, so that nobody without the key puts a script here
    seen_at bigint not null           -- when a process that has it last said so
) {clustered};
