// by_ids
// By their ids.
MATCH (x:Complaint)
WHERE x.id IN $ids
RETURN x.id AS id, x.key AS key, x.seq AS seq, x.about_distributor_id AS about_distributor_id,
  x.received_at_ms AS received_at_ms, x.kind AS kind, x.order_id AS order_id
ORDER BY key

// about
// Those about distributors, by the index on about_distributor_id.
MATCH (x:Complaint)
WHERE x.about_distributor_id IN $ids
RETURN x.id AS id, x.about_distributor_id AS about_distributor_id,
  x.received_at_ms AS received_at_ms, x.kind AS kind, x.order_id AS order_id
ORDER BY about_distributor_id, received_at_ms, id

// save_all
// Creates rows or completes them.
MERGE (counter:Counter {id: 'complaints'})
ON CREATE SET counter.next = 0
SET counter.id = 'complaints'
WITH counter
UNWIND $rows AS row
MERGE (x:Complaint {id: row.id})
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
// One page by key, as lists.
MATCH (x:Complaint)
USING INDEX x:Complaint(key)
WHERE x.key > $after AND x.key <= $upto AND x.seq <= $seq_max
WITH x ORDER BY x.key
WITH collect(x) AS rows
RETURN [x IN rows | x.id] AS id, [x IN rows | x.key] AS key,
  [x IN rows | x.about_distributor_id] AS about_distributor_id,
  [x IN rows | x.received_at_ms] AS received_at, [x IN rows | x.kind] AS kind,
  [x IN rows | x.order_id] AS order_id

// changed
// Keys last touched within a range of change cursors, by the index on (seq, key).
MATCH (x:Complaint)
USING INDEX x:Complaint(seq, key)
WHERE x.seq > $since AND x.seq <= $upto AND x.key IS NOT NULL
WITH x ORDER BY x.seq, x.key LIMIT $first
RETURN collect(x.key) AS keys
