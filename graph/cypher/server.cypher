// is_empty
// scans: nothing but bookkeeping? Then a first load may use the import tool. Stops at one node.
RETURN NOT EXISTS {
  MATCH (n)
  WHERE NOT (n:Migration OR n:Lock OR n:Counter OR n:Setting)
} AS empty

// states
// Whether the database has come up, and if not, what the server says about it.
SHOW DATABASES YIELD name, currentStatus, statusMessage
WHERE name = $name
RETURN currentStatus AS status, statusMessage AS message
