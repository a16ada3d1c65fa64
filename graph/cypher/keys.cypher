// take_within
// The next keys of a noun; the SET locks its counter, so that two callers never get the same.
MERGE (counter:Counter {id: $noun})
ON CREATE SET counter.next = 0
SET counter.next = counter.next + $count
RETURN counter.next - $count AS first

// reserve
// After an import: the counter goes on behind the keys that the import gave.
MERGE (counter:Counter {id: $noun})
ON CREATE SET counter.next = 0
SET counter.next = CASE WHEN counter.next < $next_key THEN $next_key ELSE counter.next END

// last
// Where the counter of a noun stands.
MATCH (counter:Counter {id: $noun})
RETURN counter.next AS next
