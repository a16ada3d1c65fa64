// book
// Freezes orders that no night has worked out yet and books what each gives, both or neither; what
// is frozen is left alone with its entries. Who loses a race is refused by the unique id.
UNWIND $rows AS row
WITH row[0] AS order_key, row[1] AS plan, row[2] AS anchor_ms, row[3] AS self, row[4] AS keys,
  row[5] AS levels, row[6] AS gates, row[7] AS ranks, row[8] AS kind, row[9] AS currency,
  row[10] AS booked_at_ms, row[11] AS period, row[12] AS trigger, row[13] AS freeze_ms,
  row[14] AS shares
MATCH (o:Order {key: order_key})
WHERE o.frozen_run IS NULL
SET o.frozen_run = $run_id, o.frozen_plan = plan, o.frozen_anchor_ms = anchor_ms,
  o.frozen_seq = $seq, o.frozen_self = self, o.frozen_keys = keys, o.frozen_levels = levels,
  o.frozen_gates = gates, o.frozen_ranks = ranks
WITH o, plan, kind, currency, booked_at_ms, period, trigger, freeze_ms, shares, order_key,
  replace(replace(o.id, '\\', '\\\\'), '|', '\\|') AS named
CALL (o, plan, kind, currency, booked_at_ms, period, trigger, freeze_ms, shares, order_key, named) {
  UNWIND shares AS share
  MATCH (d:Distributor {key: share[0]})
  WITH d, share, replace(replace(d.id, '\\', '\\\\'), '|', '\\|') AS his
  CREATE (d)-[:EARNED]->(:CommissionEntry {
    id: named + '|' + his + '|' + share[1] + '|' + kind + '|' + named,
    order_id: o.id, order_key: order_key, beneficiary_id: d.id, beneficiary_key: share[0],
    level: share[1], kind: kind, cause: o.id, amount_minor: share[2], currency: currency,
    booked_at_ms: booked_at_ms, period: period, plan: plan, trigger: trigger,
    freeze_ms: freeze_ms, run_id: $run_id})-[:FOR]->(o)
  RETURN count(*) AS created
}
RETURN count(*) AS frozen, sum(created) AS created, sum(size(shares)) AS given

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
USING INDEX e:CommissionEntry(order_key)
WHERE e.order_key IN $keys
WITH e ORDER BY e.order_key, e.booked_at_ms, e.cause, e.level, e.beneficiary_key
WITH collect(e) AS rows
RETURN [e IN rows | e.order_key] AS order_key, [e IN rows | e.beneficiary_key] AS beneficiary_key,
  [e IN rows | e.level] AS level, [e IN rows | e.kind] AS kind, [e IN rows | e.cause] AS cause,
  [e IN rows | e.amount_minor] AS amount, [e IN rows | e.currency] AS currency,
  [e IN rows | e.booked_at_ms] AS booked_at, [e IN rows | e.plan] AS plan,
  [e IN rows | e.run_id] AS run_id
