// by_ids
// Refunds by their ids.
MATCH (r:Refund)
WHERE r.id IN $ids
OPTIONAL MATCH (r)-[:REFUNDS]->(o:Order)
RETURN r.id AS id, r.key AS key, r.seq AS seq, o.id AS order_id, r.line_no AS line_no,
  r.quantity_milli AS quantity_milli, r.amount_minor AS amount_minor, r.currency AS currency,
  r.refunded_at_ms AS refunded_at_ms, r.reason AS reason
ORDER BY key

// of_orders
// Refunds of orders by the orders' ids.
MATCH (r:Refund)-[:REFUNDS]->(o:Order)
WHERE o.id IN $ids
RETURN r.id AS id, r.key AS key, r.seq AS seq, o.id AS order_id, r.line_no AS line_no,
  r.quantity_milli AS quantity_milli, r.amount_minor AS amount_minor, r.currency AS currency,
  r.refunded_at_ms AS refunded_at_ms, r.reason AS reason
ORDER BY order_id, refunded_at_ms, id

// save_all
// Creates or completes refunds with their order; an edge that is there stays.
MERGE (counter:Counter {id: 'refunds'})
ON CREATE SET counter.next = 0
SET counter.id = 'refunds'
WITH counter
UNWIND $rows AS row
OPTIONAL MATCH (o:Order {id: row.order_id})
WITH counter, row, o
WHERE row.order_id IS NULL OR o IS NOT NULL
MERGE (r:Refund {id: row.id})
WITH counter, row, o, r, r.key IS NULL AS fresh, o IS NOT NULL AND r.order_key IS NULL AS tied
WITH counter, row, o, r, fresh, tied, NOT fresh AND (tied
  OR any(name IN keys(row.facts) WHERE r[name] IS NULL OR r[name] <> row.facts[name])) AS differs
FOREACH (_ IN CASE WHEN fresh OR differs THEN [1] ELSE [] END |
  SET r += row.facts, r.seq = $seq)
FOREACH (_ IN CASE WHEN tied THEN [1] ELSE [] END |
  CREATE (r)-[:REFUNDS]->(o) SET r.order_key = o.key)
WITH counter, count(*) AS found, collect(CASE WHEN fresh THEN r END) AS fresh,
  sum(CASE WHEN differs THEN 1 ELSE 0 END) AS changed
FOREACH (i IN range(0, size(fresh) - 1) |
  FOREACH (r IN [fresh[i]] | SET r.key = counter.next + i))
SET counter.next = counter.next + size(fresh)
RETURN found, size(fresh) AS created, changed

// columns
// One page of refunds by key, as lists.
MATCH (r:Refund)
USING INDEX r:Refund(key)
WHERE r.key > $after AND r.key <= $upto AND r.seq <= $seq_max
WITH r ORDER BY r.key
WITH collect(r) AS rows
RETURN [r IN rows | r.id] AS id, [r IN rows | r.key] AS key,
  [r IN rows | coalesce(r.order_key, -1)] AS order_key, [r IN rows | r.line_no] AS line_no,
  [r IN rows | r.quantity_milli] AS quantity_milli, [r IN rows | r.amount_minor] AS amount,
  [r IN rows | r.currency] AS currency, [r IN rows | r.refunded_at_ms] AS refunded_at,
  [r IN rows | r.seq] AS seq

// columns_of
// The same for the refunds of a list of orders, by the index on order_key.
MATCH (r:Refund)
WHERE r.order_key IN $keys
WITH r ORDER BY r.key
WITH collect(r) AS rows
RETURN [r IN rows | r.id] AS id, [r IN rows | r.key] AS key,
  [r IN rows | coalesce(r.order_key, -1)] AS order_key, [r IN rows | r.line_no] AS line_no,
  [r IN rows | r.quantity_milli] AS quantity_milli, [r IN rows | r.amount_minor] AS amount,
  [r IN rows | r.currency] AS currency, [r IN rows | r.refunded_at_ms] AS refunded_at,
  [r IN rows | r.seq] AS seq

// columns_of_keys
// The same for a list of refunds' keys.
MATCH (r:Refund)
WHERE r.key IN $keys
WITH r ORDER BY r.key
WITH collect(r) AS rows
RETURN [r IN rows | r.id] AS id, [r IN rows | r.key] AS key,
  [r IN rows | coalesce(r.order_key, -1)] AS order_key, [r IN rows | r.line_no] AS line_no,
  [r IN rows | r.quantity_milli] AS quantity_milli, [r IN rows | r.amount_minor] AS amount,
  [r IN rows | r.currency] AS currency, [r IN rows | r.refunded_at_ms] AS refunded_at,
  [r IN rows | r.seq] AS seq

// changed
// Keys last touched within a range of change cursors, by the index on (seq, key).
MATCH (r:Refund)
USING INDEX r:Refund(seq, key)
WHERE r.seq > $since AND r.seq <= $upto AND r.key IS NOT NULL
WITH r ORDER BY r.seq, r.key LIMIT $first
RETURN collect(r.key) AS keys
