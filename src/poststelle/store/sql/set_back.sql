-- After the clock was set back: what was written down by it is due later than it should be.

-- name: get_clock_mark
select {told_ms} as told_ms, (select value from meta where key = 'clock') as mark

-- name: put_clock_mark
insert into meta (key, value) values ('clock', :mark) on conflict (key) do update set value = excluded.value

-- let sooner: case when {at} - :by > :now then {at} - :by else :now end
-- let at: due_at
-- let late.writeback_ops: writeback_ops
-- let at.writeback_ops: due_at
-- let late.folder_ops: folder_ops
-- let at.folder_ops: due_at
-- let late.bounces: bounces
-- let at.bounces: due_at
-- let late.archive_due: archive_due
-- let at.archive_due: due_at
-- let late.check_suspects: check_suspects
-- let at.check_suspects: due_at
-- let late.subscriptions: subscriptions
-- let at.subscriptions: due_at
-- let late.users: users
-- let at.users: locked_until
-- let late.proofs: proofs
-- let at.proofs: due_at
-- let late.webhooks: webhooks
-- let at.webhooks: next_at
-- let late.archives: archives
-- let at.archives: rest_until
-- let late.sign_ins: sign_ins
-- let at.sign_ins: renew_at
-- let late.approvals: approvals
-- let at.approvals: look_at
-- let late.application_proofs: application_proofs
-- let at.application_proofs: next_at

-- What was set aside waits for its account, and for no time: it stays so.

-- name: set_{late}_back
update {late} set {at} = {sooner} where {at} > :later_than and {at} < {aside}

-- One that somebody has in hand is due when that ends: who has it says when it is due next. The place of one that
-- was asked for is that time before all others: it is the one that it would have had.

-- name: set_sync_states_back
update sync_states
set due_at = case when due_at < 0 then due_at - :by else {sooner} end,
    retry_at = case when retry_at - :by > :now then retry_at - :by when retry_at > :now then :now else retry_at end
where due_at > :later_than and due_at < {aside} and (lease_until is null or due_at <> lease_until)
   or due_at < 0 and due_at > :asked_after

-- name: set_folders_back
update folders set due_at = {sooner} where account_id {in_ints :accounts} and due_at > :later_than

-- name: list_accounts_after
select id from accounts where id > :after order by id limit :limit

-- name: set_checks_back
update checks set due_at = {sooner} where state <> 'done' and due_at > :later_than

-- name: set_webhook_deliveries_back
update webhook_deliveries set due_at = {sooner} where state = 'waiting' and due_at > :later_than

-- One that is being sent to is known by the time until when.

-- name: set_push_subscriptions_back
update push_subscriptions set next_at = case when next_at - :by > :now then next_at - :by else :now end
where holder is null and next_at > :later_than

-- name: set_sending_back
update submissions set due_at = {sooner} where state = 'sending' and due_at > :later_than

-- When it was asked for, by which the provider's limits are counted, can't be to come.

-- name: set_asked_back
update submissions set asked_at = case when asked_at - :by > :now then :now else asked_at - :by end
where asked_at > :made_after

-- Given for a time, and put off for a limit: none goes before that time.

-- name: set_put_off_back
update submissions
set due_at = case when due_at - :by > :now and due_at - :by > send_at then due_at - :by
                  when send_at > :now then send_at else :now end
where state = 'pending' and due_at > send_at and due_at > :later_than

-- Given for no time: held for as long as all are, for it may be taken back, or put off since.

-- name: set_held_back
update submissions set due_at = {sooner}
where state = 'pending' and due_at >= send_at and send_at - created_at = :hold_ms and created_at > :made_after
