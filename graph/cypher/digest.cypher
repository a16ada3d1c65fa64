// distributors
// With name and sponsor edges; each page seeks the unique id.
MATCH (d:Distributor)
WHERE d.id > $after
WITH d ORDER BY d.id LIMIT $limit
CALL (d) {
  OPTIONAL MATCH (d)<-[edge:SPONSORS]-(sponsor:Distributor)
  WITH edge, sponsor ORDER BY edge.since_ms, sponsor.id
  RETURN [x IN collect([sponsor.id, edge.since_ms, edge.until_ms, edge.reason])
    WHERE x[0] IS NOT NULL] AS sponsors
}
OPTIONAL MATCH (d)-[:NAMED]->(person:PersonalData)
RETURN d.id AS id, properties(d) AS facts, person.name AS name, sponsors
ORDER BY id

// status_changes
// With the distributor; each page seeks the unique id.
MATCH (x:StatusChange)
WHERE x.id > $after
WITH x ORDER BY x.id LIMIT $limit
OPTIONAL MATCH (d:Distributor)-[:CHANGED]->(x)
RETURN x.id AS id, properties(x) AS facts, d.id AS distributor
ORDER BY id

// customers
// With name and binding; each page seeks the unique id.
MATCH (c:Customer)
WHERE c.id > $after
WITH c ORDER BY c.id LIMIT $limit
OPTIONAL MATCH (d:Distributor)-[:BOUND]->(c)
OPTIONAL MATCH (c)-[:NAMED]->(person:PersonalData)
RETURN c.id AS id, properties(c) AS facts, person.name AS name, d.id AS bound_to
ORDER BY id

// products
// Products by id; each page seeks the unique id.
MATCH (x:Product)
WHERE x.id > $after
RETURN x.id AS id, properties(x) AS facts
ORDER BY id
LIMIT $limit

// orders
// With seller, buyer and the frozen path by ids; each page seeks the unique id.
MATCH (o:Order)
WHERE o.id > $after
WITH o ORDER BY o.id LIMIT $limit
OPTIONAL MATCH (seller:Distributor)-[:SOLD]->(o)
OPTIONAL MATCH (buyer:Customer|Distributor)-[:BOUGHT]->(o)
CALL (o) {
  UNWIND range(0, size(coalesce(o.frozen_keys, [])) - 1) AS position
  MATCH (d:Distributor {key: o.frozen_keys[position]})
  WITH position, d ORDER BY position
  RETURN collect(d.id) AS frozen_path
}
RETURN o.id AS id, properties(o) AS facts, seller.id AS seller, buyer.id AS buyer, frozen_path
ORDER BY id

// lines
// With the order that holds them; each page seeks the unique id.
MATCH (line:OrderLine)
WHERE line.id > $after
WITH line ORDER BY line.id LIMIT $limit
OPTIONAL MATCH (o:Order)-[:HAS_LINE]->(line)
RETURN line.id AS id, properties(line) AS facts, o.id AS held_by
ORDER BY id

// refunds
// With their order; each page seeks the unique id.
MATCH (r:Refund)
WHERE r.id > $after
WITH r ORDER BY r.id LIMIT $limit
OPTIONAL MATCH (r)-[:REFUNDS]->(o:Order)
RETURN r.id AS id, properties(r) AS facts, o.id AS order
ORDER BY id

// identifiers
// Identifiers by id; each page seeks the unique id.
MATCH (x:Identifier)
WHERE x.id > $after
RETURN x.id AS id, properties(x) AS facts
ORDER BY id
LIMIT $limit

// resales
// Resales by id; each page seeks the unique id.
MATCH (x:Resale)
WHERE x.id > $after
RETURN x.id AS id, properties(x) AS facts
ORDER BY id
LIMIT $limit

// payouts
// Payouts by id; each page seeks the unique id.
MATCH (x:Payout)
WHERE x.id > $after
RETURN x.id AS id, properties(x) AS facts
ORDER BY id
LIMIT $limit

// buybacks
// Buyback requests by id; each page seeks the unique id.
MATCH (x:Buyback)
WHERE x.id > $after
RETURN x.id AS id, properties(x) AS facts
ORDER BY id
LIMIT $limit

// complaints
// Complaints by id; each page seeks the unique id.
MATCH (x:Complaint)
WHERE x.id > $after
RETURN x.id AS id, properties(x) AS facts
ORDER BY id
LIMIT $limit

// commissions
// With who earned them on which order; each page seeks the unique id.
MATCH (e:CommissionEntry)
WHERE e.id > $after
WITH e ORDER BY e.id LIMIT $limit
OPTIONAL MATCH (d:Distributor)-[:EARNED]->(e)
OPTIONAL MATCH (e)-[:FOR]->(o:Order)
RETURN e.id AS id, properties(e) AS facts, d.id AS earned_by, o.id AS earned_on
ORDER BY id

// plans
// Plan versions by id; each page seeks the unique id.
MATCH (x:PlanVersion)
WHERE x.id > $after
RETURN x.id AS id, properties(x) AS facts
ORDER BY id
LIMIT $limit
