alter table accounts add column forgotten_modseq bigint not null default 0;
alter table messages add column list_again_at bigint not null default 0;
