// by_ids
// By their ids.
MATCH (x:Resale)
WHERE x.id IN $ids
RETURN x.id AS id, x.key AS key, x.seq AS seq, x.distributor_id AS distributor_id,
  x.order_id AS order_id, x.line_no AS line_no, x.period AS period,
  x.amount_minor AS amount_minor, x.sold_for_minor AS sold_for_minor, x.currency AS currency
ORDER BY key

// save_all
// Creates rows or completes them.
MERGE (counter:Counter {id: 'resales'})
ON CREATE SET counter.next = 0
SET counter.id = 'resales'
WITH counter
UNWIND $rows AS row
MERGE (x:Resale {id: row.id})
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
MATCH (x:Resale)
USING INDEX x:Resale(key)
WHERE x.key > $after AND x.key <= $upto AND x.seq <= $seq_max
WITH x ORDER BY x.key
OPTIONAL MATCH (d:Distributor {id: x.distributor_id})
OPTIONAL MATCH (o:Order {id: x.order_id})
WITH collect(x) AS rows,
  collect(coalesce(d.key, -1)) AS distributor_keys,
  collect(coalesce(o.key, -1)) AS order_keys
RETURN [x IN rows | x.id] AS id, [x IN rows | x.key] AS key, distributor_keys AS distributor_key,
  order_keys AS order_key, [x IN rows | x.order_id] AS order_id,
  [x IN rows | x.line_no] AS line_no, [x IN rows | x.period] AS period,
  [x IN rows | x.amount_minor] AS amount, [x IN rows | x.sold_for_minor] AS sold_for,
  [x IN rows | x.currency] AS currency, [x IN rows | x.seq] AS seq

// columns_of
// The same for a list of keys.
MATCH (x:Resale)
WHERE x.key IN $keys
WITH x ORDER BY x.key
OPTIONAL MATCH (d:Distributor {id: x.distributor_id})
OPTIONAL MATCH (o:Order {id: x.order_id})
WITH collect(x) AS rows,
  collect(coalesce(d.key, -1)) AS distributor_keys,
  collect(coalesce(o.key, -1)) AS order_keys
RETURN [x IN rows | x.id] AS id, [x IN rows | x.key] AS key, distributor_keys AS distributor_key,
  order_keys AS order_key, [x IN rows | x.order_id] AS order_id,
  [x IN rows | x.line_no] AS line_no, [x IN rows | x.period] AS period,
  [x IN rows | x.amount_minor] AS amount, [x IN rows | x.sold_for_minor] AS sold_for,
  [x IN rows | x.currency] AS currency, [x IN rows | x.seq] AS seq

// changed
// Keys last touched within a range of change cursors, by the index on (seq, key).
MATCH (x:Resale)
USING INDEX x:Resale(seq, key)
WHERE x.seq > $since AND x.seq <= $upto AND x.key IS NOT NULL
WITH x ORDER BY x.seq, x.key LIMIT $first
RETURN collect(x.key) AS keys
