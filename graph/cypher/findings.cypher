// open_page
// Findings that are open, by id, by the index on (state, id).
MATCH (f:Finding)
WHERE f.state = 'open' AND f.id > $after
WITH f ORDER BY f.state, f.id LIMIT $limit
RETURN f.id AS id
ORDER BY id

// standing
// What is known of findings before a night; the MERGE and SET keep reviewers of them waiting.
UNWIND $ids AS id
MERGE (f:Finding {id: id})
SET f.id = id
RETURN f.id AS id, f.rule AS rule, f.scope_kind AS scope_kind, f.scope_id AS scope_id,
  f.pack AS pack, f.life AS life, f.life_before AS life_before, f.as_of AS as_of,
  f.run_id AS run_id, f.noted AS noted, f.number AS number, f.review_state AS review_state,
  f.quiet_band AS quiet_band, f.snoozed_until_ms AS snoozed_until_ms

// update
// What a night made of them; what is null goes.
UNWIND $rows AS row
MATCH (f:Finding {id: row.id})
SET f += row.facts
FOREACH (new IN row.evaluations |
  MERGE (e:Evaluation {id: new.id})
  SET e += new.facts)
RETURN count(*) AS found

// drop_empty
// Findings that were only locked: nothing has opened there.
MATCH (f:Finding)
WHERE f.id IN $ids AND f.state IS NULL
DELETE f

// cited_runs
// scans: findings are thousands, and all are asked for: whose snapshots must stay.
MATCH (f:Finding)
WHERE f.state = 'open' OR f.review_state IN ['PROPOSED_CLOSE', 'PROPOSED_ESCALATION', 'ESCALATED']
  OR f.case_id IS NOT NULL
UNWIND [f.run_id, f.noted_run_id] AS run_id
RETURN DISTINCT run_id ORDER BY run_id

// by_ids
// Findings by their ids.
MATCH (f:Finding)
WHERE f.id IN $ids AND f.state IS NOT NULL
RETURN f.id AS id, properties(f) AS facts
ORDER BY id

// by_severity
// A page, worst first, by the index on (calm, id); filters are looked at on the way.
MATCH (f:Finding)
USING INDEX f:Finding(calm, id)
WHERE f.calm >= $calm AND f.id IS NOT NULL AND (f.calm > $calm OR f.id > $after)
  AND ($rules IS NULL OR f.rule IN $rules)
  AND ($scope_kinds IS NULL OR f.scope_kind IN $scope_kinds)
  AND ($scope_id IS NULL OR $scope_id IN f.scope_ids)
  AND ($packs IS NULL OR f.pack IN $packs)
  AND ($states IS NULL OR f.state IN $states)
  AND ($review_states IS NULL OR f.review_state IN $review_states)
  AND ($severities IS NULL OR f.band IN $severities)
  AND ($assignee IS NULL OR f.assignee = $assignee)
  AND ($case_id IS NULL OR f.case_id = $case_id)
  AND ($snoozed IS NULL OR (coalesce(f.snoozed_until_ms, 0) > $now_ms) = $snoozed)
WITH f ORDER BY f.calm, f.id LIMIT $limit
RETURN f.id AS id, properties(f) AS facts
ORDER BY facts.calm, id

// by_last_seen
// A page, seen last first, by the index on (last_seen, id).
MATCH (f:Finding)
USING INDEX f:Finding(last_seen, id)
WHERE f.last_seen <= $day AND f.id IS NOT NULL AND (f.last_seen < $day OR f.id < $after)
  AND ($rules IS NULL OR f.rule IN $rules)
  AND ($scope_kinds IS NULL OR f.scope_kind IN $scope_kinds)
  AND ($scope_id IS NULL OR $scope_id IN f.scope_ids)
  AND ($packs IS NULL OR f.pack IN $packs)
  AND ($states IS NULL OR f.state IN $states)
  AND ($review_states IS NULL OR f.review_state IN $review_states)
  AND ($severities IS NULL OR f.band IN $severities)
  AND ($assignee IS NULL OR f.assignee = $assignee)
  AND ($case_id IS NULL OR f.case_id = $case_id)
  AND ($snoozed IS NULL OR (coalesce(f.snoozed_until_ms, 0) > $now_ms) = $snoozed)
WITH f ORDER BY f.last_seen DESC, f.id DESC LIMIT $limit
RETURN f.id AS id, properties(f) AS facts
ORDER BY facts.last_seen DESC, id DESC

// by_first_seen
// A page, newest first, by the index on (first_seen, id).
MATCH (f:Finding)
USING INDEX f:Finding(first_seen, id)
WHERE f.first_seen <= $day AND f.id IS NOT NULL AND (f.first_seen < $day OR f.id < $after)
  AND ($rules IS NULL OR f.rule IN $rules)
  AND ($scope_kinds IS NULL OR f.scope_kind IN $scope_kinds)
  AND ($scope_id IS NULL OR $scope_id IN f.scope_ids)
  AND ($packs IS NULL OR f.pack IN $packs)
  AND ($states IS NULL OR f.state IN $states)
  AND ($review_states IS NULL OR f.review_state IN $review_states)
  AND ($severities IS NULL OR f.band IN $severities)
  AND ($assignee IS NULL OR f.assignee = $assignee)
  AND ($case_id IS NULL OR f.case_id = $case_id)
  AND ($snoozed IS NULL OR (coalesce(f.snoozed_until_ms, 0) > $now_ms) = $snoozed)
WITH f ORDER BY f.first_seen DESC, f.id DESC LIMIT $limit
RETURN f.id AS id, properties(f) AS facts
ORDER BY facts.first_seen DESC, id DESC

// count
// scans: how many pass a filter; findings are thousands.
MATCH (f:Finding)
WHERE f.state IS NOT NULL
  AND ($rules IS NULL OR f.rule IN $rules)
  AND ($scope_kinds IS NULL OR f.scope_kind IN $scope_kinds)
  AND ($scope_id IS NULL OR $scope_id IN f.scope_ids)
  AND ($packs IS NULL OR f.pack IN $packs)
  AND ($states IS NULL OR f.state IN $states)
  AND ($review_states IS NULL OR f.review_state IN $review_states)
  AND ($severities IS NULL OR f.band IN $severities)
  AND ($assignee IS NULL OR f.assignee = $assignee)
  AND ($case_id IS NULL OR f.case_id = $case_id)
  AND ($snoozed IS NULL OR (coalesce(f.snoozed_until_ms, 0) > $now_ms) = $snoozed)
RETURN count(f) AS findings

// history
// What was noted of findings, oldest first, by the index on (finding_id, as_of, number).
MATCH (e:Evaluation)
WHERE e.finding_id IN $ids AND e.as_of IS NOT NULL AND e.number IS NOT NULL
RETURN e.id AS id, e.finding_id AS finding_id, properties(e) AS facts
ORDER BY finding_id, facts.as_of, facts.number
