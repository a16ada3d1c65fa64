// by_ids
// Products by their ids.
MATCH (p:Product)
WHERE p.id IN $ids
RETURN p.id AS id, p.key AS key, p.seq AS seq, p.name AS name, p.category AS category,
  p.kind AS kind, p.mandatory_to_join AS mandatory_to_join,
  p.list_price_minor AS list_price_minor, p.cost_minor AS cost_minor,
  p.reference_price_minor AS reference_price_minor, p.currency AS currency,
  p.commissionable AS commissionable
ORDER BY key

// by_keys
// Ids of dense keys.
MATCH (p:Product)
WHERE p.key IN $keys
RETURN p.id AS id, p.key AS key
ORDER BY key

// save_all
// Creates or completes products.
MERGE (counter:Counter {id: 'products'})
ON CREATE SET counter.next = 0
SET counter.id = 'products'
WITH counter
UNWIND $rows AS row
MERGE (p:Product {id: row.id})
WITH counter, row, p, p.key IS NULL AS fresh
WITH counter, row, p, fresh, NOT fresh
  AND any(name IN keys(row.facts) WHERE p[name] IS NULL OR p[name] <> row.facts[name]) AS differs
FOREACH (_ IN CASE WHEN fresh OR differs THEN [1] ELSE [] END |
  SET p += row.facts, p.seq = $seq)
WITH counter, count(*) AS found, collect(CASE WHEN fresh THEN p END) AS fresh,
  sum(CASE WHEN differs THEN 1 ELSE 0 END) AS changed
FOREACH (i IN range(0, size(fresh) - 1) |
  FOREACH (p IN [fresh[i]] | SET p.key = counter.next + i))
SET counter.next = counter.next + size(fresh)
RETURN found, size(fresh) AS created, changed

// adopt_lines
// Lines that named a product nobody knew yet, by the sparse index on product_unknown.
UNWIND $ids AS id
MATCH (line:OrderLine {product_unknown: id})
MATCH (p:Product {id: id})
SET line.product_key = p.key
REMOVE line.product_unknown
RETURN count(*) AS adopted

// columns
// One page of products by key, as lists.
MATCH (p:Product)
USING INDEX p:Product(key)
WHERE p.key > $after AND p.key <= $upto AND p.seq <= $seq_max
WITH p ORDER BY p.key
WITH collect(p) AS rows
RETURN [p IN rows | p.id] AS id, [p IN rows | p.key] AS key,
  [p IN rows | p.category] AS category, [p IN rows | p.kind] AS kind,
  [p IN rows | p.mandatory_to_join] AS mandatory_to_join,
  [p IN rows | p.list_price_minor] AS list_price, [p IN rows | p.cost_minor] AS cost,
  [p IN rows | p.reference_price_minor] AS reference_price,
  [p IN rows | p.currency] AS currency, [p IN rows | p.commissionable] AS commissionable

// columns_of
// The same for a list of keys.
MATCH (p:Product)
WHERE p.key IN $keys
WITH p ORDER BY p.key
WITH collect(p) AS rows
RETURN [p IN rows | p.id] AS id, [p IN rows | p.key] AS key,
  [p IN rows | p.category] AS category, [p IN rows | p.kind] AS kind,
  [p IN rows | p.mandatory_to_join] AS mandatory_to_join,
  [p IN rows | p.list_price_minor] AS list_price, [p IN rows | p.cost_minor] AS cost,
  [p IN rows | p.reference_price_minor] AS reference_price,
  [p IN rows | p.currency] AS currency, [p IN rows | p.commissionable] AS commissionable

// changed
// Keys last touched within a range of change cursors, by the index on (seq, key).
MATCH (p:Product)
USING INDEX p:Product(seq, key)
WHERE p.seq > $since AND p.seq <= $upto AND p.key IS NOT NULL
WITH p ORDER BY p.seq, p.key LIMIT $first
RETURN collect(p.key) AS keys
