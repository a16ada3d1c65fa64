// applied
// scans: which migrations this database has (a handful), and with which text.
MATCH (migration:Migration)
RETURN migration.id AS id, migration.sha256 AS sha256
ORDER BY id

// record
// A migration is done; the text it had is kept.
MERGE (migration:Migration {id: $id})
ON CREATE SET migration.sha256 = $sha256

// await_indexes
// A new index is of no use before it is online.
CALL db.awaitIndexes($seconds)

// indexes
// Names and states of all indexes, those behind constraints included.
SHOW INDEXES YIELD name, state
RETURN name, state
ORDER BY name

// at_work
// A job that lives: it may have taken indexes away.
MATCH (lock:Lock {id: 'job'})
WHERE lock.heartbeat_ms > timestamp() - $silent_ms
RETURN lock.kind AS kind

// drop
// An index goes; `complete` makes it anew.
DROP INDEX $name IF EXISTS
