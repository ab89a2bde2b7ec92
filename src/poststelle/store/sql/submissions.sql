-- Submissions, the addresses they are sent from, and the reports that come back.

-- A list of any shape. A key is one of three numbers, turned round for the largest first, or nothing.
-- let by_1: case :by1 when 'message' then message_id when 'thread' then thread_id when 'send_at' then send_at else 0 end * :way1
-- let by_2: case :by2 when 'message' then message_id when 'thread' then thread_id when 'send_at' then send_at else 0 end * :way2
-- let by_3: case :by3 when 'message' then message_id when 'thread' then thread_id when 'send_at' then send_at else 0 end * :way3
-- let order.latest: send_at desc, id desc
-- let order.earliest: send_at, id desc
-- let order.sorted: {by_1}, {by_2}, {by_3}, send_at desc, id desc
-- let of_identity: (:any_identity = 1 or identity_id {in_ints :identities})
-- let of_message: (:any_message = 1 or message_id {in_ints :messages})
-- let of_thread: (:any_thread = 1 or thread_id {in_ints :threads})

-- Forgotten: a row that only the provider's limits still count, with nothing in it of what was sent.
-- let seen: coalesce(waits_for, '') <> 'forgotten'

-- name: insert_submission
insert into submissions (account_id, id, message_id, thread_id, internet_message_id, identity_id, envelope,
                         recipients, state, step, marks, delivery, send_at, due_at, created_at, created_by,
                         is_kept)
values (:account_id, :id, :message_id, :thread_id, :internet_message_id, :identity_id, :envelope,
        :recipients, :state, :step, :marks, :delivery, :send_at, :due_at, :created_at, :created_by,
        :is_kept)

-- name: get_submissions
select * from submissions where account_id = :account and id {in_ints :ids} and {seen}

-- name: list_submissions
select * from submissions where account_id = :account and {seen} order by send_at desc, id desc limit :limit

-- name: list_{order}_submissions
select id from submissions
where account_id = :account and {of_identity} and {of_message} and {of_thread} and state {in_texts :states}
  and send_at < :before and send_at >= :after and {seen} {where}
order by {order} limit :limit offset :position

-- name: count_matching_submissions
select count(*) as total from submissions
where account_id = :account and {of_identity} and {of_message} and {of_thread} and state {in_texts :states}
  and send_at < :before and send_at >= :after and {seen} {where}

-- name: place_matching_submission
select place from (
    select id, row_number() over (order by {by_1}, {by_2}, {by_3}, send_at desc, id desc) - 1 as place from submissions
    where account_id = :account and {of_identity} and {of_message} and {of_thread}
      and state {in_texts :states} and send_at < :before and send_at >= :after and {seen} {where}) as found
where id = :id

-- name: list_active_submissions
select * from submissions
where {rows_ints submissions by account_id = :account, message_id in :ids} and state in ('pending', 'sending')

-- name: list_standing_submissions_of
select * from submissions
where {rows_ints submissions by account_id = :account, message_id in :ids} and state in ('pending', 'sending', 'final')
  and {seen}
order by id

-- name: list_submissions_by_message_id
select * from submissions where {rows_texts submissions by account_id = :account, internet_message_id in :names}
order by id desc

-- name: list_held_up_submissions
select * from submissions
where state in ('pending', 'sending') and due_at >= 0 and +account_id = :account
  and waits_for in ('answer', 'service', 'sign_in')
order by id limit :limit

-- name: list_waiting_submissions
select * from submissions
where state in ('pending', 'sending') and due_at >= 0 and +account_id = :account
order by id

-- name: count_held_up_submissions
select count(*) as total from submissions
where state in ('pending', 'sending') and due_at >= 0 and +account_id = :account
  and waits_for in ('answer', 'service', 'sign_in')

-- name: count_active_submissions
select created_by, count(*) as letters from submissions
where state in ('pending', 'sending') and due_at >= 0 and +account_id = :account
group by created_by order by created_by

-- Who is just at it and has not noted that it is asked for is refused that by the fence.
-- name: cancel_submission
update submissions
set state = 'canceled', ended_at = :at, asked_at = null, waits_for = null, detail = null,
    holder = null, claimed_until = null, fence = fence + 1
where account_id = :account and id = :id and (state = 'pending' or (state = 'sending' and step = 'ready'))

-- A mark or move that was tried holds no letter up, nor one that waits behind such, behind a copy, or for a folder
-- that was tried to be made.
-- By their ids: SQLite would read all changes of the account instead of those of the message.
-- name: list_claimable_submissions
select s.*, m.remote_id, d.key from (
    select c.account_id, c.id, c.due_at, row_number() over (partition by c.account_id order by c.due_at, c.id) as place
    from submissions c join accounts a on a.id = c.account_id
    where c.state in ('pending', 'sending') and c.due_at <= :now
      and (c.holder is null or c.claimed_until <= :now) and a.state = 'connected'
      and (c.step = 'missing' or not exists (
          select 1 from writeback_ops o where o.account_id = c.account_id and o.id in (
              select i.id from writeback_ops i where i.account_id = c.account_id and i.message_id = c.message_id)
            and (o.is_in_flight = 1 or o.kind in ('create', 'destroy')
                 or (o.kind in ('set', 'move') and not exists (
                     select 1 from writeback_ops b where b.account_id = c.account_id and b.id in (
                         select i.id from writeback_ops i
                         where i.account_id = c.account_id and i.message_id = c.message_id)
                       and b.id <= o.id and (b.attempts > 0 or b.kind = 'copy' or exists (
                         select 1 from folders t
                         join folder_ops f on f.account_id = t.account_id and f.folder_id = t.id
                         where t.account_id = b.account_id and t.id = b.target_folder and t.is_new = 1
                           and f.attempts > 0)))))))) q
join submissions s on s.account_id = q.account_id and s.id = q.id
left join messages m on m.account_id = s.account_id and m.id = s.message_id
left join drafts d on d.account_id = s.account_id and d.message_id = s.message_id
where q.place <= :each order by q.place, q.due_at, q.id limit :limit

-- name: take_submission
update submissions
set state = 'sending', step = :step, asked_at = :asked_at,
    waits_for = case when waits_for in ('minute', 'day') then null else waits_for end, holder = :holder,
    claimed_until = :until, fence = fence + 1
where account_id = :account and id = :id and state = :state and fence = :fence

-- name: miss_submission
update submissions
set state = 'sending', step = 'missing', asked_at = :at, due_at = :at, waits_for = null, detail = null
where account_id = :account and id = :id and state = 'pending'

-- name: have_submission_wait_again
update submissions
set state = 'pending', step = 'ready', asked_at = null, due_at = :due_at, holder = null, claimed_until = null,
    waits_for = null, detail = null
where account_id = :account and id = :id and state = 'sending' and fence = :fence

-- name: get_held_submission
select id from submissions where account_id = :account and id = :id and fence = :fence

-- name: hold_submission
update submissions set claimed_until = :until
where account_id = :account and id = :id and fence = :fence and state = 'sending' and holder is not null

-- name: hold_submission_back
update submissions set due_at = :due_at, waits_for = :waits_for, detail = null
where account_id = :account and id = :id and state = 'pending'

-- name: set_submission_asked
update submissions
set step = 'asked', asked_at = :asked_at, due_at = :due_at, sealed = :sealed,
    waits_for = case when waits_for = 'answer' then waits_for end,
    detail = case when waits_for = 'answer' then detail end
where account_id = :account and id = :id and state = 'sending' and fence = :fence

-- name: count_seal
update submissions set seals = :seals
where account_id = :account and id = :id and state = 'sending' and fence = :fence

-- name: set_submission_name
update submissions set internet_message_id = :internet_message_id where account_id = :account and id = :id

-- name: put_submission_off
update submissions
set due_at = :due_at, step = :step, waits_for = :waits_for, detail = :detail, attempts = case when attempts < :at_most then attempts + 1 else attempts end,
    holder = null, claimed_until = null
where account_id = :account and id = :id and state = 'sending' and fence = :fence

-- name: put_submission_back
update submissions
set state = 'pending', step = 'ready', asked_at = null, due_at = :due_at, waits_for = :waits_for, detail = :detail,
    attempts = case when attempts < :at_most then attempts + 1 else attempts end, holder = null, claimed_until = null
where account_id = :account and id = :id and state = 'sending' and fence = :fence

-- name: end_submission
update submissions
set state = :state, code = :code, detail = :detail, ended_at = :at, holder = null, claimed_until = null,
    waits_for = null, delivery = :delivery, envelope = :envelope, recipients = :recipients
where account_id = :account and id = :id and state in ('pending', 'sending')

-- name: list_submissions_elsewhere
select id from submissions
where {rows_ints submissions by account_id = :account, message_id in :messages} and thread_id <> :thread

-- name: set_submission_thread
update submissions set thread_id = :thread where account_id = :account and id = :id and thread_id <> :thread

-- name: set_submission_delivery
update submissions set delivery = :delivery where account_id = :account and id = :id

-- name: release_submissions
update submissions set holder = null, claimed_until = null, fence = fence + 1 where holder = :holder

-- Not what went missing before it was asked for.
-- name: last_asked
select asked_at from submissions where account_id = :account and asked_at > :since and step <> 'missing'
order by asked_at desc limit 1 offset :skip

-- name: sum_recipients
select cast(coalesce(sum(recipients), 0) as bigint) as total, min(asked_at) as oldest from submissions
where account_id = :account and asked_at > :since and step <> 'missing'

-- name: list_accounts_with_old_submissions
select distinct account_id from submissions
where (state not in ('pending', 'sending') and ended_at < :before and {seen})
   or (waits_for = 'forgotten' and asked_at <= :since)
order by account_id

-- name: list_old_submissions
select id from submissions
where account_id = :account and state not in ('pending', 'sending') and ended_at < :before and {seen}
order by id limit :limit

-- name: hide_submission
update submissions
set waits_for = 'forgotten', internet_message_id = '', envelope = '', marks = '', delivery = '',
    detail = null
where account_id = :account and id = :id and asked_at > :since

-- name: delete_forgotten_submissions
delete from submissions where account_id = :account and waits_for = 'forgotten' and asked_at <= :since

-- name: delete_submissions
delete from submissions where account_id = :account and id {in_ints :ids}

-- name: list_addresses
select id, email, told_at from account_addresses where account_id = :account order by position, id

-- name: upsert_address
insert into account_addresses (account_id, id, email, email_key, position, told_at)
values (:account_id, :id, :email, :email_key, :position, :told_at)
on conflict (account_id, email_key)
do update set email = excluded.email, position = excluded.position, told_at = excluded.told_at

-- name: delete_addresses_told_before
delete from account_addresses where account_id = :account and told_at < :at

-- name: insert_bounce
insert into bounces (account_id, message_id, due_at) values (:account_id, :message_id, :due_at)
on conflict (account_id, message_id) do nothing

-- name: list_due_bounces
select d.account_id, d.message_id, d.attempts, m.remote_id, m.received_at from (
    select b.account_id, b.message_id, b.attempts, b.due_at,
           row_number() over (partition by b.account_id order by b.due_at, b.message_id) as place
    from bounces b join accounts a on a.id = b.account_id
    where b.due_at <= :now and a.state = 'connected') d
join messages m on m.account_id = d.account_id and m.id = d.message_id
where d.place <= :each order by d.place, d.due_at, d.message_id limit :limit

-- name: put_bounce_off
update bounces set attempts = attempts + 1, due_at = :due_at
where account_id = :account and message_id = :message
