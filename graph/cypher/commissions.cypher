// save_all
// Books entries once. Who loses a race waits on the unique id and then finds the entry there.
UNWIND $rows AS row
MATCH (d:Distributor {key: row.beneficiary_key})
MATCH (o:Order {key: row.order_key})
MERGE (e:CommissionEntry {id: row.id})
WITH row, d, o, e, e.order_key IS NULL AS fresh
FOREACH (_ IN CASE WHEN fresh THEN [1] ELSE [] END |
  SET e += row, e.run_id = $run_id
  CREATE (d)-[:EARNED]->(e)
  CREATE (e)-[:FOR]->(o))
RETURN count(*) AS found, sum(CASE WHEN fresh THEN 1 ELSE 0 END) AS created,
  collect(CASE WHEN e.amount_minor <> row.amount_minor OR e.currency <> row.currency
    THEN e.id END) AS contradicted

// count
// How many entries there are, from the count store.
MATCH (e:CommissionEntry)
RETURN count(e) AS entries

// by_ids
// Entries by their ids.
MATCH (e:CommissionEntry)-[:FOR]->(o:Order)
WHERE e.id IN $ids
RETURN e.id AS id, e.order_id AS order_id, e.beneficiary_id AS beneficiary_id, e.level AS level,
  e.kind AS kind, e.cause AS cause, e.amount_minor AS amount_minor, e.currency AS currency,
  e.booked_at_ms AS booked_at_ms, e.period AS period, e.plan AS plan, e.trigger AS trigger,
  e.freeze_ms AS freeze_ms, e.run_id AS run_id, o.paid_time_ms AS paid_time_ms,
  o.received_time_ms AS received_time_ms
ORDER BY order_id, booked_at_ms, cause, level, beneficiary_id

// of_orders
// Entries of orders by the orders' ids.
MATCH (e:CommissionEntry)-[:FOR]->(o:Order)
WHERE o.id IN $ids
RETURN e.id AS id, e.order_id AS order_id, e.beneficiary_id AS beneficiary_id, e.level AS level,
  e.kind AS kind, e.cause AS cause, e.amount_minor AS amount_minor, e.currency AS currency,
  e.booked_at_ms AS booked_at_ms, e.period AS period, e.plan AS plan, e.trigger AS trigger,
  e.freeze_ms AS freeze_ms, e.run_id AS run_id, o.paid_time_ms AS paid_time_ms,
  o.received_time_ms AS received_time_ms
ORDER BY order_id, booked_at_ms, cause, level, beneficiary_id

// page_of_beneficiary
// One page of entries of one beneficiary, by the index on (beneficiary_id, booked_at_ms).
MATCH (e:CommissionEntry)
USING INDEX e:CommissionEntry(beneficiary_id, booked_at_ms)
WHERE e.beneficiary_id = $id AND e.booked_at_ms >= $at_ms
  AND (e.booked_at_ms > $at_ms OR e.id > $after)
WITH e ORDER BY e.beneficiary_id, e.booked_at_ms, e.id LIMIT $limit
MATCH (e)-[:FOR]->(o:Order)
RETURN e.id AS id, e.order_id AS order_id, e.beneficiary_id AS beneficiary_id, e.level AS level,
  e.kind AS kind, e.cause AS cause, e.amount_minor AS amount_minor, e.currency AS currency,
  e.booked_at_ms AS booked_at_ms, e.period AS period, e.plan AS plan, e.trigger AS trigger,
  e.freeze_ms AS freeze_ms, e.run_id AS run_id, o.paid_time_ms AS paid_time_ms,
  o.received_time_ms AS received_time_ms
ORDER BY booked_at_ms, id

// page_of_period
// The same within one period, by the index on (beneficiary_id, period, booked_at_ms).
MATCH (e:CommissionEntry)
USING INDEX e:CommissionEntry(beneficiary_id, period, booked_at_ms)
WHERE e.beneficiary_id = $id AND e.period = $period AND e.booked_at_ms >= $at_ms
  AND (e.booked_at_ms > $at_ms OR e.id > $after)
WITH e ORDER BY e.beneficiary_id, e.period, e.booked_at_ms, e.id LIMIT $limit
MATCH (e)-[:FOR]->(o:Order)
RETURN e.id AS id, e.order_id AS order_id, e.beneficiary_id AS beneficiary_id, e.level AS level,
  e.kind AS kind, e.cause AS cause, e.amount_minor AS amount_minor, e.currency AS currency,
  e.booked_at_ms AS booked_at_ms, e.period AS period, e.plan AS plan, e.trigger AS trigger,
  e.freeze_ms AS freeze_ms, e.run_id AS run_id, o.paid_time_ms AS paid_time_ms,
  o.received_time_ms AS received_time_ms
ORDER BY booked_at_ms, id

// totals
// Sums of beneficiaries, by the index on (beneficiary_id, period, booked_at_ms).
MATCH (e:CommissionEntry)
USING INDEX e:CommissionEntry(beneficiary_id, period, booked_at_ms)
WHERE e.beneficiary_id IN $ids AND e.period >= $since AND e.period <= $upto
  AND e.booked_at_ms IS NOT NULL
RETURN e.beneficiary_id AS beneficiary_id, e.currency AS currency, e.kind AS kind,
  e.level AS level, sum(e.amount_minor) AS amount_minor, count(*) AS entries
ORDER BY beneficiary_id, currency, kind, level

// columns
// Entries of one page of orders, as lists.
MATCH (e:CommissionEntry)
USING INDEX e:CommissionEntry(order_key)
WHERE e.order_key > $after AND e.order_key <= $upto
WITH e ORDER BY e.order_key, e.booked_at_ms, e.cause, e.level, e.beneficiary_key
WITH collect(e) AS rows
RETURN [e IN rows | e.order_key] AS order_key, [e IN rows | e.beneficiary_key] AS beneficiary_key,
  [e IN rows | e.level] AS level, [e IN rows | e.kind] AS kind, [e IN rows | e.cause] AS cause,
  [e IN rows | e.amount_minor] AS amount, [e IN rows | e.currency] AS currency,
  [e IN rows | e.booked_at_ms] AS booked_at, [e IN rows | e.plan] AS plan,
  [e IN rows | e.run_id] AS run_id

// columns_of
// The same for a list of orders' keys.
MATCH (e:CommissionEntry)
WHERE e.order_key IN $keys
WITH e ORDER BY e.order_key, e.booked_at_ms, e.cause, e.level, e.beneficiary_key
WITH collect(e) AS rows
RETURN [e IN rows | e.order_key] AS order_key, [e IN rows | e.beneficiary_key] AS beneficiary_key,
  [e IN rows | e.level] AS level, [e IN rows | e.kind] AS kind, [e IN rows | e.cause] AS cause,
  [e IN rows | e.amount_minor] AS amount, [e IN rows | e.currency] AS currency,
  [e IN rows | e.booked_at_ms] AS booked_at, [e IN rows | e.plan] AS plan,
  [e IN rows | e.run_id] AS run_id
