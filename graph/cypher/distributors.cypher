// by_ids
// Distributors by their ids.
MATCH (d:Distributor)
WHERE d.id IN $ids
RETURN d.id AS id, d.key AS key, d.seq AS seq, d.joined_at_ms AS joined_at_ms,
  d.joined_bare AS joined_bare, d.left_at_ms AS left_at_ms, d.status AS status, d.rank AS rank,
  d.region AS region, d.person_id AS person_id, d.verified_at_ms AS verified_at_ms,
  d.certified_until_ms AS certified_until_ms, d.sanctioned_at_ms AS sanctioned_at_ms
ORDER BY key

// by_keys
// Ids of dense keys.
MATCH (d:Distributor)
WHERE d.key IN $keys
RETURN d.id AS id, d.key AS key
ORDER BY key

// names_of
// Personal data, kept apart from the network.
MATCH (d:Distributor)-[:NAMED]->(person:PersonalData)
WHERE d.id IN $ids
RETURN d.id AS id, person.name AS name
ORDER BY id

// save_all
// Creates or completes distributors; only rows that differ are touched, new ones get the next keys.
MERGE (counter:Counter {id: 'distributors'})
ON CREATE SET counter.next = 0
SET counter.id = 'distributors'
WITH counter
UNWIND $rows AS row
MERGE (d:Distributor {id: row.id})
WITH counter, row, d, d.key IS NULL AS fresh
WITH counter, row, d, fresh, NOT fresh
  AND any(name IN keys(row.facts) WHERE d[name] IS NULL OR d[name] <> row.facts[name]) AS differs
FOREACH (_ IN CASE WHEN fresh OR differs THEN [1] ELSE [] END |
  SET d += row.facts, d.seq = $seq)
WITH counter, count(*) AS found, collect(CASE WHEN fresh THEN d END) AS fresh,
  sum(CASE WHEN differs THEN 1 ELSE 0 END) AS changed
FOREACH (i IN range(0, size(fresh) - 1) |
  FOREACH (d IN [fresh[i]] | SET d.key = counter.next + i))
SET counter.next = counter.next + size(fresh)
RETURN found, size(fresh) AS created, changed

// save_names
// Names, as nodes of their own.
UNWIND $rows AS row
MATCH (d:Distributor {id: row.id})
MERGE (person:PersonalData {id: 'distributor:' + row.id})
MERGE (d)-[:NAMED]->(person)
WITH row, person, person.name IS NULL AS fresh, coalesce(person.name <> row.name, false) AS differs
FOREACH (_ IN CASE WHEN fresh OR differs THEN [1] ELSE [] END |
  SET person.name = row.name, person.seq = $seq)
RETURN count(*) AS found, sum(CASE WHEN fresh THEN 1 ELSE 0 END) AS created,
  sum(CASE WHEN differs THEN 1 ELSE 0 END) AS changed

// adopt_orders
// Orders that named a distributor nobody knew yet as their buyer, by the sparse index.
UNWIND $ids AS id
MATCH (o:Order {buyer_unknown: id})
WHERE o.buyer_kind = 'distributor'
MATCH (d:Distributor {id: id})
MERGE (d)-[:BOUGHT]->(o)
SET o.buyer_key = d.key
REMOVE o.buyer_unknown
RETURN count(*) AS adopted

// save_sponsors
// Dated sponsor edges; a later until_ms or reason replaces the stored one.
UNWIND $rows AS row
MATCH (child:Distributor {id: row.child_id})
MATCH (sponsor:Distributor {id: row.sponsor_id})
MERGE (sponsor)-[edge:SPONSORS {since_ms: row.since_ms}]->(child)
WITH row, child, edge, edge.until_ms IS NULL AS fresh
WITH row, child, edge, fresh, NOT fresh AND (edge.until_ms <> row.until_ms
  OR (row.reason IS NOT NULL AND coalesce(edge.reason <> row.reason, true))) AS differs
FOREACH (_ IN CASE WHEN fresh OR differs THEN [1] ELSE [] END |
  SET edge.until_ms = row.until_ms, edge.reason = coalesce(row.reason, edge.reason),
    edge.seq = $seq, child.seq = $seq)
RETURN count(*) AS found, sum(CASE WHEN fresh THEN 1 ELSE 0 END) AS created,
  sum(CASE WHEN differs THEN 1 ELSE 0 END) AS changed

// save_status_changes
// Dated changes of status and rank.
UNWIND $rows AS row
MATCH (d:Distributor {id: row.distributor_id})
MERGE (change:StatusChange {id: row.id})
MERGE (d)-[:CHANGED]->(change)
WITH row, d, change, change.valid_from_ms IS NULL AS fresh
WITH row, d, change, fresh, NOT fresh AND any(name IN keys(row.facts)
  WHERE change[name] IS NULL OR change[name] <> row.facts[name]) AS differs
FOREACH (_ IN CASE WHEN fresh OR differs THEN [1] ELSE [] END |
  SET change += row.facts, change.seq = $seq, d.seq = $seq)
RETURN count(*) AS found, sum(CASE WHEN fresh THEN 1 ELSE 0 END) AS created,
  sum(CASE WHEN differs THEN 1 ELSE 0 END) AS changed

// columns
// One page of distributors by key, as lists.
MATCH (d:Distributor)
USING INDEX d:Distributor(key)
WHERE d.key > $after AND d.key <= $upto AND d.seq <= $seq_max
WITH d ORDER BY d.key
WITH collect(d) AS rows
RETURN [d IN rows | d.id] AS id, [d IN rows | d.key] AS key,
  [d IN rows | d.joined_at_ms] AS joined_at, [d IN rows | d.left_at_ms] AS left_at,
  [d IN rows | d.status] AS status, [d IN rows | d.rank] AS rank,
  [d IN rows | d.region] AS region, [d IN rows | d.person_id] AS person_id,
  [d IN rows | d.verified_at_ms] AS verified_at,
  [d IN rows | d.certified_until_ms] AS certified_until,
  [d IN rows | d.sanctioned_at_ms] AS sanctioned_at

// columns_of
// The same for a list of keys.
MATCH (d:Distributor)
WHERE d.key IN $keys
WITH d ORDER BY d.key
WITH collect(d) AS rows
RETURN [d IN rows | d.id] AS id, [d IN rows | d.key] AS key,
  [d IN rows | d.joined_at_ms] AS joined_at, [d IN rows | d.left_at_ms] AS left_at,
  [d IN rows | d.status] AS status, [d IN rows | d.rank] AS rank,
  [d IN rows | d.region] AS region, [d IN rows | d.person_id] AS person_id,
  [d IN rows | d.verified_at_ms] AS verified_at,
  [d IN rows | d.certified_until_ms] AS certified_until,
  [d IN rows | d.sanctioned_at_ms] AS sanctioned_at

// sponsor_columns
// Dated sponsor edges of one page of children, as lists.
MATCH (child:Distributor)<-[edge:SPONSORS]-(sponsor:Distributor)
USING INDEX child:Distributor(key)
WHERE child.key > $after AND child.key <= $upto AND child.seq <= $seq_max
WITH child.key AS child_key, sponsor.key AS sponsor_key, edge.since_ms AS since,
  edge.until_ms AS until
ORDER BY child_key, since
RETURN collect(child_key) AS child_key, collect(sponsor_key) AS sponsor_key,
  collect(since) AS since, collect(until) AS until

// sponsor_columns_of
// The same for a list of children's keys.
MATCH (child:Distributor)<-[edge:SPONSORS]-(sponsor:Distributor)
WHERE child.key IN $keys
WITH child.key AS child_key, sponsor.key AS sponsor_key, edge.since_ms AS since,
  edge.until_ms AS until
ORDER BY child_key, since
RETURN collect(child_key) AS child_key, collect(sponsor_key) AS sponsor_key,
  collect(since) AS since, collect(until) AS until

// status_columns
// Changes of status and rank of one page of distributors, as lists.
MATCH (d:Distributor)-[:CHANGED]->(change:StatusChange)
USING INDEX d:Distributor(key)
WHERE d.key > $after AND d.key <= $upto AND d.seq <= $seq_max
WITH d.key AS distributor_key, change
ORDER BY distributor_key, change.valid_from_ms
WITH collect(distributor_key) AS distributor_key, collect(change) AS rows
RETURN distributor_key, [change IN rows | change.valid_from_ms] AS valid_from,
  [change IN rows | change.status] AS status, [change IN rows | change.rank] AS rank

// status_columns_of
// The same for a list of distributors' keys.
MATCH (d:Distributor)-[:CHANGED]->(change:StatusChange)
WHERE d.key IN $keys
WITH d.key AS distributor_key, change
ORDER BY distributor_key, change.valid_from_ms
WITH collect(distributor_key) AS distributor_key, collect(change) AS rows
RETURN distributor_key, [change IN rows | change.valid_from_ms] AS valid_from,
  [change IN rows | change.status] AS status, [change IN rows | change.rank] AS rank

// changed
// Keys last touched within a range of change cursors, by the index on (seq, key).
MATCH (d:Distributor)
USING INDEX d:Distributor(seq, key)
WHERE d.seq > $since AND d.seq <= $upto AND d.key IS NOT NULL
WITH d ORDER BY d.seq, d.key LIMIT $first
RETURN collect(d.key) AS keys

// sponsors_of
// Who sponsored them at one moment.
MATCH (d:Distributor)<-[edge:SPONSORS]-(sponsor:Distributor)
WHERE d.id IN $ids AND edge.since_ms <= $at_ms AND edge.until_ms > $at_ms
RETURN d.id AS id, sponsor.id AS sponsor_id, edge.since_ms AS since_ms
ORDER BY id

// sponsor_history_of
// All sponsor edges that they ever had.
MATCH (d:Distributor)<-[edge:SPONSORS]-(sponsor:Distributor)
WHERE d.id IN $ids
RETURN d.id AS id, sponsor.id AS sponsor_id, edge.since_ms AS since_ms,
  edge.until_ms AS until_ms, edge.reason AS reason
ORDER BY id, since_ms

// status_changes_of
// All changes of status and rank that they ever had.
MATCH (d:Distributor)-[:CHANGED]->(change:StatusChange)
WHERE d.id IN $ids
RETURN d.id AS distributor_id, change.valid_from_ms AS valid_from_ms, change.status AS status,
  change.rank AS rank
ORDER BY distributor_id, valid_from_ms

// climb
// At most 64 hops up from each of a list, at one moment: there each child has one sponsor.
MATCH (d:Distributor)
WHERE d.key IN $keys
OPTIONAL MATCH (d) ((:Distributor)<-[edge:SPONSORS]-(sponsor:Distributor)
  WHERE edge.since_ms <= $at_ms AND edge.until_ms > $at_ms){1,64} (top)
WITH d, top, size(edge) AS hops
ORDER BY d.key, hops
RETURN d.key AS key, collect(top.id) AS upline, collect(top.key) AS upline_keys

// children_page
// One page of the children of one sponsor at one moment.
MATCH (d:Distributor {id: $id})-[edge:SPONSORS]->(child:Distributor)
WHERE edge.since_ms <= $at_ms AND edge.until_ms > $at_ms AND child.key > $after
RETURN child.id AS id, child.key AS key, edge.since_ms AS since_ms
ORDER BY key
LIMIT $limit

// children_of
// The first page of children of several sponsors at one moment.
MATCH (d:Distributor)
WHERE d.id IN $ids
CALL (d) {
  MATCH (d)-[edge:SPONSORS]->(child:Distributor)
  WHERE edge.since_ms <= $at_ms AND edge.until_ms > $at_ms
  RETURN child, edge.since_ms AS since_ms
  ORDER BY child.key
  LIMIT $limit
}
RETURN d.id AS sponsor_id, child.id AS id, child.key AS key, since_ms
ORDER BY sponsor_id, key

// downline_page
// One page of the children of a list of sponsors at one moment.
MATCH (d:Distributor)-[edge:SPONSORS]->(child:Distributor)
WHERE d.key IN $keys AND edge.since_ms <= $at_ms AND edge.until_ms > $at_ms
  AND child.key > $after
RETURN child.id AS id, child.key AS key, d.id AS sponsor_id
ORDER BY key
LIMIT $limit

// below
// Keys of all children of a list of sponsors at one moment.
MATCH (d:Distributor)-[edge:SPONSORS]->(child:Distributor)
WHERE d.key IN $keys AND edge.since_ms <= $at_ms AND edge.until_ms > $at_ms
RETURN collect(child.key) AS keys

// standing
// Both ends of a move, with the last sponsor of each. One move at a time: the SET holds the tree
// until its transaction ends, and what is read after it is what the move before has left.
MERGE (lock:Lock {id: 'tree'})
SET lock.id = 'tree'
WITH lock
MATCH (d:Distributor)
WHERE d.id IN $ids
OPTIONAL MATCH (d)<-[edge:SPONSORS]-(sponsor:Distributor)
WITH d, edge, sponsor ORDER BY edge.since_ms DESC
WITH d, head(collect(edge)) AS edge, head(collect(sponsor)) AS sponsor
RETURN d.id AS id, d.key AS key, d.joined_at_ms AS joined_at_ms, sponsor.id AS sponsor_id,
  edge.since_ms AS since_ms, edge.until_ms AS until_ms

// ever_above
// Every edge that anybody at most 64 hops up ever had; the bounded star visits each of them once.
MATCH (d:Distributor)
WHERE d.id IN $ids
MATCH (d)<-[:SPONSORS*0..64]-(above:Distributor)
WITH DISTINCT above
MATCH (above)<-[edge:SPONSORS]-(sponsor:Distributor)
RETURN above.id AS child_id, sponsor.id AS sponsor_id, edge.since_ms AS since_ms,
  edge.until_ms AS until_ms

// move
// Ends the last edge and begins the new one, within the transaction that holds the tree.
MATCH (child:Distributor {id: $child_id})
MATCH (sponsor:Distributor {id: $sponsor_id})
OPTIONAL MATCH (child)<-[old:SPONSORS]-(:Distributor)
WHERE old.until_ms > $at_ms
SET old.until_ms = $at_ms, old.seq = $seq
WITH DISTINCT child, sponsor
CREATE (sponsor)-[edge:SPONSORS {since_ms: $at_ms, until_ms: $open_ms, seq: $seq}]->(child)
SET edge.reason = $reason, child.seq = $seq
RETURN child.id AS id
