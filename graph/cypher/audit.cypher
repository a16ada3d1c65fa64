// head
// The end of the chain; the SET keeps every other writer waiting until this transaction ends.
MERGE (head:Lock {id: 'audit'})
SET head.id = 'audit'
RETURN coalesce(head.seq, 0) AS seq, coalesce(head.hash, '') AS hash

// known
// Keys that the chain holds already: an entry that is written again is the same entry.
MATCH (entry:AuditEntry)
WHERE entry.key IN $keys
RETURN entry.key AS key, entry.subject AS subject

// add
// New entries at the end of the chain, whose head is held.
UNWIND $rows AS row
CREATE (entry:AuditEntry)
SET entry = row
WITH count(entry) AS added
MATCH (head:Lock {id: 'audit'})
SET head.seq = $seq, head.hash = $hash
RETURN added

// end
// Where the chain ends, without holding it.
MATCH (head:Lock {id: 'audit'})
RETURN coalesce(head.seq, 0) AS seq, coalesce(head.hash, '') AS hash

// page
// Entries behind a place, oldest first.
MATCH (entry:AuditEntry)
WHERE entry.seq > $after
WITH entry ORDER BY entry.seq LIMIT $limit
RETURN entry.seq AS seq, entry.key AS key, entry.at_ms AS at_ms, entry.actor AS actor,
  entry.action AS action, entry.subject AS subject, entry.old AS old, entry.new AS new,
  entry.reason AS reason, entry.request_id AS request_id, entry.prev AS prev, entry.hash AS hash
ORDER BY seq

// latest
// Entries before a place, newest first.
MATCH (entry:AuditEntry)
WHERE entry.seq < $before
WITH entry ORDER BY entry.seq DESC LIMIT $limit
RETURN entry.seq AS seq, entry.key AS key, entry.at_ms AS at_ms, entry.actor AS actor,
  entry.action AS action, entry.subject AS subject, entry.old AS old, entry.new AS new,
  entry.reason AS reason, entry.request_id AS request_id, entry.prev AS prev, entry.hash AS hash
ORDER BY seq DESC

// page_of_subject
// What was done to one thing, oldest first, by the index on (subject, seq).
MATCH (entry:AuditEntry)
WHERE entry.subject = $subject AND entry.seq > $after
WITH entry ORDER BY entry.subject, entry.seq LIMIT $limit
RETURN entry.seq AS seq, entry.key AS key, entry.at_ms AS at_ms, entry.actor AS actor,
  entry.action AS action, entry.subject AS subject, entry.old AS old, entry.new AS new,
  entry.reason AS reason, entry.request_id AS request_id, entry.prev AS prev, entry.hash AS hash
ORDER BY seq

// count_of_subject
// How many there are of one thing.
MATCH (entry:AuditEntry)
WHERE entry.subject = $subject AND entry.seq IS NOT NULL
RETURN count(entry) AS entries
