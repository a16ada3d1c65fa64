// by_ids
// Customers by their ids.
MATCH (c:Customer)
WHERE c.id IN $ids
OPTIONAL MATCH (d:Distributor)-[:BOUND]->(c)
RETURN c.id AS id, c.key AS key, c.seq AS seq, d.id AS distributor_id,
  c.bound_at_ms AS bound_at_ms, c.became_distributor_id AS became_distributor_id,
  c.region AS region
ORDER BY key

// by_keys
// Ids of dense keys.
MATCH (c:Customer)
WHERE c.key IN $keys
RETURN c.id AS id, c.key AS key
ORDER BY key

// names_of
// Personal data, kept apart.
MATCH (c:Customer)-[:NAMED]->(person:PersonalData)
WHERE c.id IN $ids
RETURN c.id AS id, person.name AS name
ORDER BY id

// save_all
// Creates or completes customers; who is bound keeps his distributor.
MERGE (counter:Counter {id: 'customers'})
ON CREATE SET counter.next = 0
SET counter.id = 'customers'
WITH counter
UNWIND $rows AS row
OPTIONAL MATCH (d:Distributor {id: row.distributor_id})
WITH counter, row, d
WHERE row.distributor_id IS NULL OR d IS NOT NULL
MERGE (c:Customer {id: row.id})
WITH counter, row, d, c, c.key IS NULL AS fresh,
  d IS NOT NULL AND NOT EXISTS { (:Distributor)-[:BOUND]->(c) } AS binds
WITH counter, row, d, c, fresh, binds, NOT fresh AND (binds
  OR any(name IN keys(row.facts) WHERE c[name] IS NULL OR c[name] <> row.facts[name])) AS differs
FOREACH (_ IN CASE WHEN binds THEN [1] ELSE [] END | CREATE (d)-[:BOUND]->(c))
FOREACH (_ IN CASE WHEN fresh OR differs THEN [1] ELSE [] END |
  SET c += row.facts, c.seq = $seq)
WITH counter, count(*) AS found, collect(CASE WHEN fresh THEN c END) AS fresh,
  sum(CASE WHEN differs THEN 1 ELSE 0 END) AS changed
FOREACH (i IN range(0, size(fresh) - 1) |
  FOREACH (c IN [fresh[i]] | SET c.key = counter.next + i))
SET counter.next = counter.next + size(fresh)
RETURN found, size(fresh) AS created, changed

// save_names
// Names, as nodes of their own.
UNWIND $rows AS row
MATCH (c:Customer {id: row.id})
MERGE (person:PersonalData {id: 'customer:' + row.id})
MERGE (c)-[:NAMED]->(person)
WITH row, person, person.name IS NULL AS fresh, coalesce(person.name <> row.name, false) AS differs
FOREACH (_ IN CASE WHEN fresh OR differs THEN [1] ELSE [] END |
  SET person.name = row.name, person.seq = $seq)
RETURN count(*) AS found, sum(CASE WHEN fresh THEN 1 ELSE 0 END) AS created,
  sum(CASE WHEN differs THEN 1 ELSE 0 END) AS changed

// adopt_orders
// Orders that named a customer nobody knew yet, by the sparse index on buyer_unknown.
UNWIND $ids AS id
MATCH (o:Order {buyer_unknown: id})
WHERE o.buyer_kind = 'customer'
MATCH (c:Customer {id: id})
MERGE (c)-[:BOUGHT]->(o)
SET o.buyer_key = c.key
REMOVE o.buyer_unknown
RETURN count(*) AS adopted

// columns
// One page of customers by key, as lists.
MATCH (c:Customer)
USING INDEX c:Customer(key)
WHERE c.key > $after AND c.key <= $upto AND c.seq <= $seq_max
OPTIONAL MATCH (d:Distributor)-[:BOUND]->(c)
WITH c, coalesce(d.key, -1) AS distributor_key
ORDER BY c.key
WITH collect(c) AS rows, collect(distributor_key) AS distributor_key
RETURN [c IN rows | c.id] AS id, [c IN rows | c.key] AS key, distributor_key,
  [c IN rows | c.bound_at_ms] AS bound_at,
  [c IN rows | c.became_distributor_id] AS became_distributor_id, [c IN rows | c.region] AS region

// columns_of
// The same for a list of keys.
MATCH (c:Customer)
WHERE c.key IN $keys
OPTIONAL MATCH (d:Distributor)-[:BOUND]->(c)
WITH c, coalesce(d.key, -1) AS distributor_key
ORDER BY c.key
WITH collect(c) AS rows, collect(distributor_key) AS distributor_key
RETURN [c IN rows | c.id] AS id, [c IN rows | c.key] AS key, distributor_key,
  [c IN rows | c.bound_at_ms] AS bound_at,
  [c IN rows | c.became_distributor_id] AS became_distributor_id, [c IN rows | c.region] AS region

// changed
// Keys last touched within a range of change cursors, by the index on (seq, key).
MATCH (c:Customer)
USING INDEX c:Customer(seq, key)
WHERE c.seq > $since AND c.seq <= $upto AND c.key IS NOT NULL
WITH c ORDER BY c.seq, c.key LIMIT $first
RETURN collect(c.key) AS keys
