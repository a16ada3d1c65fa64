// lock
// Who holds the lease; the SET keeps every other claim waiting until this transaction ends.
MERGE (lock:Lock {id: 'job'})
SET lock.id = 'job'
RETURN lock.kind AS kind, lock.host AS host, lock.pid AS pid, lock.born_ms AS born_ms,
  lock.token AS token, lock.claimed_ms AS claimed_ms, lock.heartbeat_ms AS heartbeat_ms

// take
// The lease changes hands, within the transaction that has locked it.
MATCH (lock:Lock {id: 'job'})
SET lock += $facts
RETURN lock.kind AS kind, lock.host AS host, lock.pid AS pid, lock.token AS token

// heartbeat
// Only its holder keeps a lease alive.
MATCH (lock:Lock {id: 'job'})
WHERE lock.token = $token
SET lock.heartbeat_ms = $now_ms
RETURN lock.token AS token

// release
// Only its holder gives a lease back.
MATCH (lock:Lock {id: 'job'})
WHERE lock.token = $token
SET lock = {id: 'job'}

// holder
// Who holds the lease now.
MATCH (lock:Lock {id: 'job'})
WHERE lock.token IS NOT NULL
RETURN lock.kind AS kind, lock.host AS host, lock.pid AS pid, lock.born_ms AS born_ms,
  lock.token AS token, lock.claimed_ms AS claimed_ms, lock.heartbeat_ms AS heartbeat_ms
