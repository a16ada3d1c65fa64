// save_all
// A verdict is kept where it differs from the one that stands; the same day again replaces its own.
UNWIND $rows AS row
MERGE (scope:VerdictScope {id: row.scope})
WITH row, scope, coalesce(scope.fingerprint, '') <> row.fingerprint AS differs
FOREACH (_ IN CASE WHEN differs THEN [1] ELSE [] END |
  SET scope.fingerprint = row.fingerprint, scope.verdict = row.facts.verdict,
    scope.as_of = $as_of
  MERGE (verdict:Verdict {id: row.id})
  SET verdict += row.facts, verdict.scope = row.scope, verdict.as_of = $as_of,
    verdict.run_id = $run_id)
RETURN count(*) AS found, sum(CASE WHEN differs THEN 1 ELSE 0 END) AS changed

// at
// The verdicts that stood on a day, by the index on (scope, as_of).
UNWIND $scopes AS asked
CALL (asked) {
  MATCH (verdict:Verdict)
  USING INDEX verdict:Verdict(scope, as_of)
  WHERE verdict.scope = asked AND verdict.as_of <= $as_of
  RETURN verdict ORDER BY verdict.scope DESC, verdict.as_of DESC LIMIT 1
}
RETURN verdict.scope AS scope, verdict.scope_kind AS scope_kind, verdict.scope_id AS scope_id,
  verdict.as_of AS as_of, verdict.verdict AS verdict, verdict.typologies AS typologies,
  verdict.packs AS packs, verdict.reasons AS reasons, verdict.run_id AS run_id

// history
// All verdicts of a scope, oldest first.
MATCH (verdict:Verdict)
WHERE verdict.scope = $scope AND verdict.as_of IS NOT NULL
RETURN verdict.scope AS scope, verdict.scope_kind AS scope_kind, verdict.scope_id AS scope_id,
  verdict.as_of AS as_of, verdict.verdict AS verdict, verdict.typologies AS typologies,
  verdict.packs AS packs, verdict.reasons AS reasons, verdict.run_id AS run_id
ORDER BY as_of
