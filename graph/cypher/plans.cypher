// save
// A version is written once; another one with the same begin is named as its rival.
MERGE (lock:Lock {id: 'plans'})
SET lock.name = $facts.name
WITH lock
OPTIONAL MATCH (other:PlanVersion)
WHERE other.name = $facts.name AND other.valid_from_ms = $facts.valid_from_ms AND other.id <> $id
WITH head(collect(other.id)) AS rival
OPTIONAL MATCH (there:PlanVersion {id: $id})
FOREACH (_ IN CASE WHEN there IS NULL AND rival IS NULL THEN [1] ELSE [] END |
  MERGE (plan:PlanVersion {id: $id}) SET plan += $facts)
RETURN there IS NULL AND rival IS NULL AS created, rival,
  coalesce(there.digest, $facts.digest) AS digest,
  coalesce(there.valid_from_ms, $facts.valid_from_ms) AS valid_from_ms

// by_name
// All versions of one plan, by the index on (name, valid_from_ms).
MATCH (plan:PlanVersion)
WHERE plan.name = $name AND plan.valid_from_ms IS NOT NULL
RETURN plan.id AS id, plan.name AS name, plan.version AS version,
  plan.valid_from_ms AS valid_from_ms, plan.text AS text, plan.digest AS digest
ORDER BY valid_from_ms

// by_ids
// Versions by their ids.
MATCH (plan:PlanVersion)
WHERE plan.id IN $ids
RETURN plan.id AS id, plan.name AS name, plan.version AS version,
  plan.valid_from_ms AS valid_from_ms, plan.text AS text, plan.digest AS digest
ORDER BY id

// all_versions
// scans: a company has a handful of plan versions, and all are asked for.
MATCH (plan:PlanVersion)
RETURN plan.id AS id, plan.name AS name, plan.version AS version,
  plan.valid_from_ms AS valid_from_ms, plan.digest AS digest
ORDER BY name, valid_from_ms
