-- Sorted, filtered lists of messages: what Email/query answers from.

-- let order.newest: desc
-- let order.oldest: asc
-- let earlier.newest: >
-- let earlier.oldest: <

-- Filters with an index of their own.
-- let only.all:
-- let only.unread: and is_unread = 1
-- let only.flagged: and is_flagged = 1
-- Within one thread the index by thread is right, which the plus sign says.
-- let within.all:
-- let within.unread: and +n.is_unread = 1
-- let within.flagged: and +n.is_flagged = 1

-- Any filter, in one folder or in the whole account.
-- let scope.folder: from folder_messages f join messages m on m.account_id = f.account_id and m.id = f.message_id where f.account_id = :account and f.folder_id = :folder and f.received_at >= :after and f.received_at < :before
-- let scope.account: from messages m where m.account_id = :account and m.received_at >= :after and m.received_at < :before and exists (select 1 from folder_messages f where f.account_id = m.account_id and f.message_id = m.id and not (f.folder_id {in_ints :others}))
-- let at.folder: f.received_at
-- let at.account: m.received_at
-- let id.folder: f.message_id
-- let id.account: m.id
-- let match: and (:seen = -1 or m.is_seen = :seen) and (:flagged = -1 or m.is_flagged = :flagged) and (:draft = -1 or m.is_draft = :draft) and (:answered = -1 or m.is_answered = :answered) and (:forwarded = -1 or m.is_forwarded = :forwarded) and (:attachment = -1 or m.has_attachment = :attachment) {where}

-- A thread is shown by its first message in the list's order.
-- let first: and o.message_id = (select n.message_id from folder_messages n where n.account_id = o.account_id and n.folder_id = o.folder_id and n.thread_id = o.thread_id {within} order by n.received_at {order}, n.message_id {order} limit 1)

-- name: list_{only}_{order}
select message_id as id from folder_messages
where account_id = :account and folder_id = :folder {only}
order by received_at {order}, message_id {order} limit :limit offset :position

-- name: list_{only}_threads_{order}
select o.message_id as id from folder_messages o
where o.account_id = :account and o.folder_id = :folder {only} {first}
order by o.received_at {order}, o.message_id {order} limit :limit offset :position

-- name: place_{only}_{order}
select count(*) as place from folder_messages
where account_id = :account and folder_id = :folder {only}
  and (received_at, message_id) {earlier} (:received_at, :message)

-- name: place_{only}_threads_{order}
select count(*) as place from folder_messages o
where o.account_id = :account and o.folder_id = :folder {only}
  and (o.received_at, o.message_id) {earlier} (:received_at, :message) {first}

-- name: count_{only}
select count(*) as total from folder_messages where account_id = :account and folder_id = :folder {only}

-- name: count_{only}_threads
select count(distinct thread_id) as total from folder_messages
where account_id = :account and folder_id = :folder {only}

-- name: list_{scope}_matching_{order}
select {id} as id {scope} {match}
order by {at} {order}, {id} {order} limit :limit offset :position

-- name: list_{scope}_matching_threads_{order}
select id from (
    select {id} as id, {at} as at,
           row_number() over (partition by m.thread_id order by {at} {order}, {id} {order}) as place
    {scope} {match}) as numbered
where place = 1 order by at {order}, id {order} limit :limit offset :position

-- name: place_{scope}_matching_{order}
select count(*) as place {scope} {match} and ({at}, {id}) {earlier} (:received_at, :message)

-- name: place_{scope}_matching_threads_{order}
select count(*) as place from (
    select {id} as id, {at} as at,
           row_number() over (partition by m.thread_id order by {at} {order}, {id} {order}) as place
    {scope} {match}) as numbered
where place = 1 and (at, id) {earlier} (:received_at, :message)

-- name: count_{scope}_matching
select count(*) as total {scope} {match}

-- name: count_{scope}_matching_threads
select count(distinct m.thread_id) as total {scope} {match}

-- name: pick_{scope}_matching
select {id} as id {scope} {match} and {id} {in_ints :ids}

-- name: pick_{scope}_matching_threads_{order}
select id from (
    select {id} as id,
           row_number() over (partition by m.thread_id order by {at} {order}, {id} {order}) as place
    {scope} {match} and m.thread_id {in_ints :threads}) as numbered
where place = 1

-- What words are found in: the index tells in the list's order. The cross joins keep SQLite to it.
-- let found.folder: from message_words w cross join documents d cross join folder_messages f where {match w of :account :terms} and d.account_id = :account and d.doc = w.rowid and f.account_id = :account and f.message_id = d.message_id and f.folder_id = :folder {where}
-- let found.account: from message_words w cross join documents d where {match w of :account :terms} and d.account_id = :account and d.doc = w.rowid and exists (select 1 from folder_messages f where f.account_id = :account and f.message_id = d.message_id) {where}
-- let joined.folder: {found}
-- let joined.account: from message_words w cross join documents d cross join messages f where {match w of :account :terms} and d.account_id = :account and d.doc = w.rowid and f.account_id = :account and f.id = d.message_id and exists (select 1 from folder_messages n where n.account_id = :account and n.message_id = d.message_id) {where}

-- name: list_found_{found}_{order}
select d.message_id as id {found} order by w.rowid {order} limit :limit offset :position

-- name: list_found_{found}_threads_{order}
select id from (
    select d.message_id as id, w.rowid as doc,
           row_number() over (partition by f.thread_id order by w.rowid {order}) as place
    {joined}) as numbered
where place = 1 order by doc {order} limit :limit offset :position

-- name: place_found_{found}_{order}
select count(*) as place {found}
  and w.rowid {earlier} (select p.doc from documents p where p.account_id = :account and p.message_id = :message)

-- name: place_found_{found}_threads_{order}
select count(*) as place from (
    select w.rowid as doc, row_number() over (partition by f.thread_id order by w.rowid {order}) as place
    {joined}) as numbered
where place = 1
  and doc {earlier} (select p.doc from documents p where p.account_id = :account and p.message_id = :message)

-- name: count_found_anywhere
select count(*) as total from message_words w where {match w of :account :terms}

-- name: count_found_{found}
select count(*) as total {found}

-- name: count_found_{found}_threads
select count(distinct f.thread_id) as total {joined}

-- name: pick_found_{found}
select d.message_id as id {found} and d.message_id {in_ints :ids}

-- name: pick_found_{found}_threads_{order}
select id from (
    select d.message_id as id, row_number() over (partition by f.thread_id order by w.rowid {order}) as place
    {joined} and f.thread_id {in_ints :threads}) as numbered
where place = 1

-- What other orders than that of arrival need; they are sorted outside.
-- name: get_sort_keys
select id, thread_id, received_at, sent_at, size, subject, addresses,
    is_seen, is_flagged, is_draft, is_answered, is_forwarded, keywords, categories
from messages where account_id = :account and id {in_ints :ids}

-- name: get_thread_labels
select m.thread_id, m.keywords, m.categories
from messages m
where m.account_id = :account and m.thread_id {in_ints :ids}
    and exists (select 1 from folder_messages f where f.account_id = m.account_id and f.message_id = m.id)
order by m.thread_id

-- name: get_thread_keywords
select m.thread_id,
    min(m.is_seen) as all_seen, min(m.is_flagged) as all_flagged, min(m.is_draft) as all_draft,
    min(m.is_answered) as all_answered, min(m.is_forwarded) as all_forwarded,
    max(m.is_seen) as some_seen, max(m.is_flagged) as some_flagged, max(m.is_draft) as some_draft,
    max(m.is_answered) as some_answered, max(m.is_forwarded) as some_forwarded
from messages m
where m.account_id = :account and m.thread_id {in_ints :ids}
    and exists (select 1 from folder_messages f where f.account_id = m.account_id and f.message_id = m.id)
group by m.thread_id
