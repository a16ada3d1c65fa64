// start
// A load begins, or goes on where an unfinished attempt of the same content has stopped.
MERGE (load:Load {id: $id})
SET load.done = CASE WHEN coalesce(load.status, 'finished') = 'finished' THEN '{}'
    ELSE load.done END,
  load.source = $source, load.seq = $seq, load.attempts = 1 + coalesce(load.attempts, 0),
  load.status = 'running', load.counts = '{}', load.started_ms = $now_ms,
  load.finished_ms = null, load.error = null
RETURN load.id AS id, load.source AS source, load.seq AS seq, load.attempts AS attempts,
  load.status AS status, load.done AS done, load.counts AS counts,
  load.started_ms AS started_ms, load.finished_ms AS finished_ms, load.error AS error

// step_done
// How far a load is.
MATCH (load:Load {id: $id})
SET load.done = $done

// finish
// A load is complete.
MATCH (load:Load {id: $id})
SET load.status = 'finished', load.finished_ms = $now_ms, load.counts = $counts

// fail
// A load has stopped with an error.
MATCH (load:Load {id: $id})
SET load.status = 'failed', load.finished_ms = $now_ms, load.error = $error

// by_ids
// Loads by their ids.
MATCH (load:Load)
WHERE load.id IN $ids
RETURN load.id AS id, load.source AS source, load.seq AS seq, load.attempts AS attempts,
  load.status AS status, load.done AS done, load.counts AS counts,
  load.started_ms AS started_ms, load.finished_ms AS finished_ms, load.error AS error
ORDER BY seq

// page
// Loads, newest first, by the index on seq.
MATCH (load:Load)
WHERE load.seq < $before
RETURN load.id AS id, load.source AS source, load.seq AS seq, load.attempts AS attempts,
  load.status AS status, load.done AS done, load.counts AS counts,
  load.started_ms AS started_ms, load.finished_ms AS finished_ms, load.error AS error
ORDER BY seq DESC
LIMIT $limit

// nouns_given
// What complete loads have counted, by the index on seq.
MATCH (load:Load)
WHERE load.seq <= $upto AND load.status = 'finished'
RETURN load.counts AS counts

// rejected_in_cycles
// What the last complete load of each source has counted, by the index on seq.
MATCH (load:Load)
WHERE load.seq <= $upto AND load.status = 'finished'
WITH load ORDER BY load.seq DESC
WITH load.source AS source, collect(load.counts)[0] AS counts
RETURN counts
