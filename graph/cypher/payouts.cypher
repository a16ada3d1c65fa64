// by_ids
// By their ids.
MATCH (x:Payout)
WHERE x.id IN $ids
RETURN x.id AS id, x.key AS key, x.seq AS seq, x.beneficiary_id AS beneficiary_id,
  x.basis AS basis, x.order_id AS order_id, x.recruit_id AS recruit_id, x.level AS level,
  x.amount_minor AS amount_minor, x.currency AS currency, x.earned_at_ms AS earned_at_ms,
  x.released_at_ms AS released_at_ms, x.reverses_id AS reverses_id, x.reason AS reason,
  x.approved_by AS approved_by
ORDER BY key

// save_all
// Creates rows or completes them.
MERGE (counter:Counter {id: 'payouts'})
ON CREATE SET counter.next = 0
SET counter.id = 'payouts'
WITH counter
UNWIND $rows AS row
MERGE (x:Payout {id: row.id})
WITH counter, row, x, x.key IS NULL AS fresh
WITH counter, row, x, fresh, NOT fresh
  AND any(name IN keys(row.facts) WHERE x[name] IS NULL OR x[name] <> row.facts[name]) AS differs
FOREACH (_ IN CASE WHEN fresh OR differs THEN [1] ELSE [] END |
  SET x += row.facts, x.seq = $seq)
WITH counter, count(*) AS found, collect(CASE WHEN fresh THEN x END) AS fresh,
  sum(CASE WHEN differs THEN 1 ELSE 0 END) AS changed
FOREACH (i IN range(0, size(fresh) - 1) |
  FOREACH (x IN [fresh[i]] | SET x.key = counter.next + i))
SET counter.next = counter.next + size(fresh)
RETURN found, size(fresh) AS created, changed

// columns
// One page by key, as lists; a key is -1 where nobody has the id.
MATCH (x:Payout)
USING INDEX x:Payout(key)
WHERE x.key > $after AND x.key <= $upto AND x.seq <= $seq_max
WITH x ORDER BY x.key
OPTIONAL MATCH (b:Distributor {id: x.beneficiary_id})
OPTIONAL MATCH (o:Order {id: x.order_id})
OPTIONAL MATCH (r:Distributor {id: x.recruit_id})
OPTIONAL MATCH (p:Payout {id: x.reverses_id})
WITH collect(x) AS rows,
  collect(coalesce(b.key, -1)) AS beneficiary_keys,
  collect(coalesce(o.key, -1)) AS order_keys,
  collect(coalesce(r.key, -1)) AS recruit_keys,
  collect(coalesce(p.key, -1)) AS reverses_keys
RETURN [x IN rows | x.id] AS id, [x IN rows | x.key] AS key, beneficiary_keys AS beneficiary_key,
  order_keys AS order_key, recruit_keys AS recruit_key, reverses_keys AS reverses_key,
  [x IN rows | x.basis] AS basis, [x IN rows | x.order_id] AS order_id,
  [x IN rows | x.level] AS level, [x IN rows | x.amount_minor] AS amount,
  [x IN rows | x.currency] AS currency, [x IN rows | x.earned_at_ms] AS earned_at,
  [x IN rows | x.released_at_ms] AS released_at, [x IN rows | x.reverses_id] AS reverses_id,
  [x IN rows | x.reason] AS reason, [x IN rows | x.approved_by] AS approved_by,
  [x IN rows | x.seq] AS seq

// columns_of
// The same for a list of keys.
MATCH (x:Payout)
WHERE x.key IN $keys
WITH x ORDER BY x.key
OPTIONAL MATCH (b:Distributor {id: x.beneficiary_id})
OPTIONAL MATCH (o:Order {id: x.order_id})
OPTIONAL MATCH (r:Distributor {id: x.recruit_id})
OPTIONAL MATCH (p:Payout {id: x.reverses_id})
WITH collect(x) AS rows,
  collect(coalesce(b.key, -1)) AS beneficiary_keys,
  collect(coalesce(o.key, -1)) AS order_keys,
  collect(coalesce(r.key, -1)) AS recruit_keys,
  collect(coalesce(p.key, -1)) AS reverses_keys
RETURN [x IN rows | x.id] AS id, [x IN rows | x.key] AS key, beneficiary_keys AS beneficiary_key,
  order_keys AS order_key, recruit_keys AS recruit_key, reverses_keys AS reverses_key,
  [x IN rows | x.basis] AS basis, [x IN rows | x.order_id] AS order_id,
  [x IN rows | x.level] AS level, [x IN rows | x.amount_minor] AS amount,
  [x IN rows | x.currency] AS currency, [x IN rows | x.earned_at_ms] AS earned_at,
  [x IN rows | x.released_at_ms] AS released_at, [x IN rows | x.reverses_id] AS reverses_id,
  [x IN rows | x.reason] AS reason, [x IN rows | x.approved_by] AS approved_by,
  [x IN rows | x.seq] AS seq

// changed
// Keys last touched within a range of change cursors, by the index on (seq, key).
MATCH (x:Payout)
USING INDEX x:Payout(seq, key)
WHERE x.seq > $since AND x.seq <= $upto AND x.key IS NOT NULL
WITH x ORDER BY x.seq, x.key LIMIT $first
RETURN collect(x.key) AS keys
