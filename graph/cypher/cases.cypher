// open_case
// A new case; opened again by the same key it is the same one.
MERGE (case:Case {id: $id})
ON CREATE SET case += $facts
RETURN case.id AS id

// hold
// One case as it stands; the SET keeps others waiting. With how many of its findings are undecided.
MATCH (case:Case {id: $id})
SET case.id = $id
WITH case
CALL (case) {
  MATCH (f:Finding)
  WHERE f.case_id = case.id AND f.id IS NOT NULL
  RETURN count(f) AS findings,
    sum(CASE WHEN f.review_state IN ['CLOSED', 'ESCALATED'] THEN 0 ELSE 1 END) AS undecided
}
RETURN properties(case) AS facts, findings, undecided

// change
// What a decision made of it; what is null goes.
MATCH (case:Case {id: $id})
SET case += $facts
RETURN case.id AS id

// by_ids
// Cases by their ids.
MATCH (case:Case)
WHERE case.id IN $ids
RETURN properties(case) AS facts
ORDER BY facts.id

// by_due
// A page of cases of one state, due first.
MATCH (case:Case)
USING INDEX case:Case(state, due_ms, id)
WHERE case.state = $state AND case.due_ms >= $due_ms AND case.id IS NOT NULL AND (case.due_ms > $due_ms OR case.id > $after)
WITH case ORDER BY case.state, case.due_ms, case.id LIMIT $limit
RETURN properties(case) AS facts
ORDER BY facts.due_ms, facts.id

// count
// How many cases are in one state.
MATCH (case:Case)
WHERE case.state = $state AND case.due_ms IS NOT NULL AND case.id IS NOT NULL
RETURN count(case) AS cases

// findings_of
// Ids of the findings of a case, by the index on (case_id, id).
MATCH (f:Finding)
WHERE f.case_id = $id AND f.id IS NOT NULL
RETURN f.id AS id
ORDER BY id
