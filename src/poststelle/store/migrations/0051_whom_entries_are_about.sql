-- Whom entries of the audit trail are about: few are about anybody, and who asks for all that is kept of them
-- looks at these alone. The condition is written in each statement that is to use it.
create index audit_about on audit (at, chain, number) where detail like '%"whom":%';
