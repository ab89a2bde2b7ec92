-- A letter that left under a draft's Message-ID may be deleted before the draft leaves.
alter table drafts add column has_namesake integer not null default 0;
