// by_ids
// By their ids.
MATCH (x:Identifier)
WHERE x.id IN $ids
RETURN x.id AS id, x.key AS key, x.seq AS seq, x.owner_kind AS owner_kind,
  x.owner_id AS owner_id, x.kind AS kind, x.value AS value, x.hashed AS hashed,
  x.valid_from_ms AS valid_from_ms, x.valid_to_ms AS valid_to_ms, x.shared AS shared
ORDER BY key

// save_all
// Creates rows or completes them.
MERGE (counter:Counter {id: 'identifiers'})
ON CREATE SET counter.next = 0
SET counter.id = 'identifiers'
WITH counter
UNWIND $rows AS row
MERGE (x:Identifier {id: row.id})
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
MATCH (x:Identifier)
USING INDEX x:Identifier(key)
WHERE x.key > $after AND x.key <= $upto AND x.seq <= $seq_max
WITH x ORDER BY x.key
OPTIONAL MATCH (d:Distributor {id: CASE x.owner_kind WHEN 'distributor' THEN x.owner_id END})
OPTIONAL MATCH (c:Customer {id: CASE x.owner_kind WHEN 'customer' THEN x.owner_id END})
OPTIONAL MATCH (o:Order {id: CASE x.owner_kind WHEN 'order' THEN x.owner_id END})
WITH collect(x) AS rows, collect(coalesce(d.key, c.key, o.key, -1)) AS owner_keys
RETURN [x IN rows | x.id] AS id, [x IN rows | x.key] AS key, owner_keys AS owner_key,
  [x IN rows | x.owner_kind] AS owner_kind, [x IN rows | x.kind] AS kind,
  [x IN rows | x.value] AS value, [x IN rows | x.hashed] AS hashed,
  [x IN rows | x.valid_from_ms] AS valid_from, [x IN rows | x.valid_to_ms] AS valid_to,
  [x IN rows | x.shared] AS shared, [x IN rows | x.seq] AS seq

// columns_of
// The same for a list of keys.
MATCH (x:Identifier)
WHERE x.key IN $keys
WITH x ORDER BY x.key
OPTIONAL MATCH (d:Distributor {id: CASE x.owner_kind WHEN 'distributor' THEN x.owner_id END})
OPTIONAL MATCH (c:Customer {id: CASE x.owner_kind WHEN 'customer' THEN x.owner_id END})
OPTIONAL MATCH (o:Order {id: CASE x.owner_kind WHEN 'order' THEN x.owner_id END})
WITH collect(x) AS rows, collect(coalesce(d.key, c.key, o.key, -1)) AS owner_keys
RETURN [x IN rows | x.id] AS id, [x IN rows | x.key] AS key, owner_keys AS owner_key,
  [x IN rows | x.owner_kind] AS owner_kind, [x IN rows | x.kind] AS kind,
  [x IN rows | x.value] AS value, [x IN rows | x.hashed] AS hashed,
  [x IN rows | x.valid_from_ms] AS valid_from, [x IN rows | x.valid_to_ms] AS valid_to,
  [x IN rows | x.shared] AS shared, [x IN rows | x.seq] AS seq

// changed
// Keys last touched within a range of change cursors, by the index on (seq, key).
MATCH (x:Identifier)
USING INDEX x:Identifier(seq, key)
WHERE x.seq > $since AND x.seq <= $upto AND x.key IS NOT NULL
WITH x ORDER BY x.seq, x.key LIMIT $first
RETURN collect(x.key) AS keys

// accept_salt
// The first fingerprint stays.
MERGE (setting:Setting {id: 'salt'})
ON CREATE SET setting.fingerprint = $fingerprint
RETURN setting.fingerprint AS fingerprint
