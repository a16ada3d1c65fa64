// hold
// One finding as it stands; the SET keeps nights and other reviewers of it waiting.
MATCH (f:Finding {id: $id})
WHERE f.state IS NOT NULL
SET f.id = $id
RETURN f.id AS id, properties(f) AS facts

// change
// What a decision made of it; what is null goes.
MATCH (f:Finding {id: $id})
SET f += $facts, f.review_version = 1 + coalesce(f.review_version, 0)
RETURN f.id AS id

// outcomes
// scans: findings are thousands, and all of them are summed up by rule.
MATCH (f:Finding)
WHERE f.state IS NOT NULL
RETURN f.rule AS rule, f.state AS state, f.review_state AS review_state, f.outcome AS outcome,
  coalesce(f.snoozed_until_ms, 0) > $now_ms AS snoozed, count(*) AS findings
ORDER BY rule, state, review_state, outcome, snoozed
