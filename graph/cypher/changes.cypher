// propose
// A change that waits for a second person.
MERGE (change:Change {id: $id})
ON CREATE SET change += $facts, change.state = 'PROPOSED'
RETURN change.id AS id

// hold
// One change as it stands; the SET keeps others who decide waiting.
MATCH (change:Change {id: $id})
SET change.id = $id
RETURN properties(change) AS facts

// decide
// Approved or rejected, once.
MATCH (change:Change {id: $id})
SET change += $facts
RETURN change.id AS id

// by_state
// Changes in one state, oldest first.
MATCH (change:Change)
WHERE change.state = $state AND change.id IS NOT NULL
RETURN properties(change) AS facts
ORDER BY facts.proposed_ms, facts.id

// by_ids
// Changes by their ids.
MATCH (change:Change)
WHERE change.id IN $ids
RETURN properties(change) AS facts
ORDER BY facts.id
