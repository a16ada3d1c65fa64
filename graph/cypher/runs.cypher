// last_finished
// The finished run with the latest date, by the index on (status, as_of, attempt).
MATCH (run:Run)
WHERE run.status = 'finished' AND run.as_of IS NOT NULL AND run.attempt IS NOT NULL
WITH run ORDER BY run.as_of DESC, run.attempt DESC LIMIT 1
RETURN run.id AS id, run.as_of AS as_of, run.attempt AS attempt, run.status AS status,
  run.step AS step, run.seq AS seq, run.counts AS counts, run.totals AS totals,
  run.digests AS digests, run.started_ms AS started_ms, run.finished_ms AS finished_ms,
  run.heartbeat_ms AS heartbeat_ms, run.host AS host, run.pid AS pid, run.error AS error

// standing
// The finished run with the latest date, and the last attempt of a date, whatever its status; the
// SET keeps every other claim of a run waiting until this transaction ends.
MERGE (lock:Lock {id: 'runs'})
SET lock.id = 'runs'
WITH lock
CALL () {
  MATCH (run:Run)
  WHERE run.status = 'finished' AND run.as_of IS NOT NULL AND run.attempt IS NOT NULL
  RETURN run, 'last_finished' AS what
  ORDER BY run.as_of DESC, run.attempt DESC
  LIMIT 1
  UNION ALL
  MATCH (run:Run)
  WHERE run.as_of = $as_of AND run.attempt IS NOT NULL
  RETURN run, 'latest' AS what
  ORDER BY run.attempt DESC
  LIMIT 1
}
RETURN what, run.id AS id, run.as_of AS as_of, run.attempt AS attempt, run.status AS status,
  run.step AS step, run.seq AS seq, run.counts AS counts, run.totals AS totals,
  run.digests AS digests, run.started_ms AS started_ms, run.finished_ms AS finished_ms,
  run.heartbeat_ms AS heartbeat_ms, run.host AS host, run.pid AS pid, run.error AS error

// abandon
// Whoever claims a run holds the lease: other runs still marked running were left by the dead.
MATCH (run:Run)
WHERE run.status = 'running' AND run.as_of IS NOT NULL AND run.attempt IS NOT NULL
  AND run.id <> $id
SET run.status = 'failed', run.finished_ms = $now_ms, run.error = 'abandoned'

// take
// A run begins, or goes on after its last step.
MERGE (run:Run {id: $facts.id})
ON CREATE SET run += $facts, run.step = '', run.counts = '{}', run.totals = '{}',
  run.digests = '{}', run.started_ms = $now_ms
SET run.status = 'running', run.host = $host, run.pid = $pid, run.heartbeat_ms = $now_ms,
  run.finished_ms = null, run.error = null
RETURN run.id AS id, run.as_of AS as_of, run.attempt AS attempt, run.status AS status,
  run.step AS step, run.seq AS seq, run.counts AS counts, run.totals AS totals,
  run.digests AS digests, run.started_ms AS started_ms, run.finished_ms AS finished_ms,
  run.heartbeat_ms AS heartbeat_ms, run.host AS host, run.pid AS pid, run.error AS error

// step_done
// A step is complete.
MATCH (run:Run {id: $id})
SET run += $kept, run.heartbeat_ms = $now_ms

// finish
// A night is complete.
MATCH (run:Run {id: $id})
SET run += $kept, run.status = 'finished', run.finished_ms = $now_ms, run.heartbeat_ms = $now_ms

// fail
// A night has stopped with an error.
MATCH (run:Run {id: $id})
SET run.status = 'failed', run.finished_ms = $now_ms, run.error = $error

// heartbeat
// A night is alive.
MATCH (run:Run {id: $id})
SET run.heartbeat_ms = $now_ms

// by_ids
// Runs by their ids.
MATCH (run:Run)
WHERE run.id IN $ids
RETURN run.id AS id, run.as_of AS as_of, run.attempt AS attempt, run.status AS status,
  run.step AS step, run.seq AS seq, run.counts AS counts, run.totals AS totals,
  run.digests AS digests, run.started_ms AS started_ms, run.finished_ms AS finished_ms,
  run.heartbeat_ms AS heartbeat_ms, run.host AS host, run.pid AS pid, run.error AS error
ORDER BY as_of DESC, attempt DESC

// page
// Runs, newest first, by the index on (as_of, attempt).
MATCH (run:Run)
WHERE run.as_of <= $as_of AND run.attempt IS NOT NULL
  AND (run.as_of < $as_of OR run.attempt < $attempt)
RETURN run.id AS id, run.as_of AS as_of, run.attempt AS attempt, run.status AS status,
  run.step AS step, run.seq AS seq, run.counts AS counts, run.totals AS totals,
  run.digests AS digests, run.started_ms AS started_ms, run.finished_ms AS finished_ms,
  run.heartbeat_ms AS heartbeat_ms, run.host AS host, run.pid AS pid, run.error AS error
ORDER BY as_of DESC, attempt DESC
LIMIT $limit

// count
// How many runs there are, from the store's own count.
MATCH (run:Run)
RETURN count(run) AS runs
