// by_ids
// Orders by their ids.
MATCH (o:Order)
WHERE o.id IN $ids
OPTIONAL MATCH (seller:Distributor)-[:SOLD]->(o)
RETURN o.id AS id, o.key AS key, o.seq AS seq, seller.id AS seller_id,
  o.buyer_kind AS buyer_kind, o.buyer_id AS buyer_id, o.ordered_at_ms AS ordered_at_ms,
  o.ordered_bare AS ordered_bare, o.paid_at_ms AS paid_at_ms, o.received_at_ms AS received_at_ms,
  o.cancelled_at_ms AS cancelled_at_ms, o.status AS status, o.kind AS kind,
  o.currency AS currency, o.amount_minor AS amount_minor, o.region AS region,
  o.channel AS channel, o.cancels_id AS cancels_id, o.paid_time_ms AS paid_time_ms,
  o.received_time_ms AS received_time_ms, o.period AS period, o.frozen_plan AS frozen_plan,
  o.frozen_run AS frozen_run
ORDER BY key

// by_keys
// Ids of dense keys.
MATCH (o:Order)
WHERE o.key IN $keys
RETURN o.id AS id, o.key AS key
ORDER BY key

// lines_of
// Lines of orders by the orders' ids.
MATCH (o:Order)-[:HAS_LINE]->(line:OrderLine)
WHERE o.id IN $ids
RETURN line.order_id AS order_id, line.line_no AS line_no, line.seq AS seq,
  line.product_id AS product_id, line.quantity_milli AS quantity_milli,
  line.unit_price_minor AS unit_price_minor, line.discount_minor AS discount_minor,
  line.tax_minor AS tax_minor, line.commissionable AS commissionable
ORDER BY order_id, line_no

// save_all
// Creates or completes orders with seller and buyer; an edge that is there stays.
MERGE (counter:Counter {id: 'orders'})
ON CREATE SET counter.next = 0
SET counter.id = 'orders'
WITH counter
UNWIND $rows AS row
OPTIONAL MATCH (seller:Distributor {id: row.seller_id})
OPTIONAL MATCH (customer:Customer {id: CASE row.buyer_kind WHEN 'customer' THEN row.buyer_id END})
OPTIONAL MATCH (d:Distributor {id: CASE row.buyer_kind WHEN 'distributor' THEN row.buyer_id END})
WITH counter, row, seller, coalesce(customer, d) AS buyer
WHERE row.seller_id IS NULL OR seller IS NOT NULL
MERGE (o:Order {id: row.id})
WITH counter, row, seller, buyer, o, o.key IS NULL AS fresh,
  seller IS NOT NULL AND o.seller_key IS NULL AS sold,
  buyer IS NOT NULL AND o.buyer_key IS NULL AS bought
WITH counter, row, seller, buyer, o, fresh, sold, bought, NOT fresh AND (sold OR bought
  OR any(name IN keys(row.facts) WHERE o[name] IS NULL OR o[name] <> row.facts[name])
  OR any(name IN keys(row.times)
    WHERE coalesce(o[name] <> row.times[name], (o[name] IS NULL) <> (row.times[name] IS NULL)))
  ) AS differs
FOREACH (_ IN CASE WHEN fresh OR differs THEN [1] ELSE [] END |
  SET o += row.facts, o += row.times, o.seq = $seq, o.buyer_unknown = CASE
    WHEN buyer IS NULL AND o.buyer_key IS NULL THEN coalesce(row.buyer_id, o.buyer_unknown) END)
FOREACH (_ IN CASE WHEN sold THEN [1] ELSE [] END |
  CREATE (seller)-[:SOLD]->(o) SET o.seller_key = seller.key)
FOREACH (_ IN CASE WHEN bought THEN [1] ELSE [] END |
  CREATE (buyer)-[:BOUGHT]->(o) SET o.buyer_key = buyer.key)
WITH counter, count(*) AS found, collect(CASE WHEN fresh THEN o END) AS fresh,
  sum(CASE WHEN differs THEN 1 ELSE 0 END) AS changed
FOREACH (i IN range(0, size(fresh) - 1) |
  FOREACH (o IN [fresh[i]] | SET o.key = counter.next + i))
SET counter.next = counter.next + size(fresh)
RETURN found, size(fresh) AS created, changed

// save_lines
// Creates or completes lines of orders.
UNWIND $rows AS row
MATCH (o:Order {id: row.order_id})
OPTIONAL MATCH (p:Product {id: row.product_id})
MERGE (line:OrderLine {id: row.id})
WITH row, o, p, line, line.order_key IS NULL AS fresh
WITH row, o, p, line, fresh, NOT fresh AND any(name IN keys(row.facts)
  WHERE line[name] IS NULL OR line[name] <> row.facts[name]) AS differs
FOREACH (_ IN CASE WHEN fresh THEN [1] ELSE [] END |
  CREATE (o)-[:HAS_LINE]->(line)
  SET line.order_id = o.id, line.order_key = o.key, line.line_no = row.line_no)
FOREACH (_ IN CASE WHEN fresh OR differs THEN [1] ELSE [] END |
  SET line += row.facts, line.seq = $seq, line.product_key = coalesce(p.key, line.product_key),
    line.product_unknown = CASE
      WHEN p IS NULL THEN coalesce(row.product_id, line.product_unknown) END)
RETURN count(*) AS found, sum(CASE WHEN fresh THEN 1 ELSE 0 END) AS created,
  sum(CASE WHEN differs THEN 1 ELSE 0 END) AS changed

// columns
// One page of orders by key, as lists.
MATCH (o:Order)
USING INDEX o:Order(key)
WHERE o.key > $after AND o.key <= $upto AND o.seq <= $seq_max
OPTIONAL MATCH (cancelled:Order {id: o.cancels_id})
WITH o, coalesce(cancelled.key, -1) AS cancels_key
ORDER BY o.key
WITH collect(o) AS rows, collect(cancels_key) AS cancels_key
RETURN [o IN rows | o.id] AS id, [o IN rows | o.key] AS key,
  [o IN rows | coalesce(o.seller_key, -1)] AS seller_key, [o IN rows | o.buyer_kind] AS buyer_kind,
  [o IN rows | coalesce(o.buyer_key, -1)] AS buyer_key, [o IN rows | o.buyer_id] AS buyer_id,
  [o IN rows | o.ordered_at_ms] AS ordered_at, [o IN rows | o.paid_time_ms] AS paid_at,
  [o IN rows | o.received_time_ms] AS received_at, [o IN rows | o.cancelled_at_ms] AS cancelled_at,
  [o IN rows | o.status] AS status, [o IN rows | o.kind] AS kind,
  [o IN rows | o.currency] AS currency, [o IN rows | o.amount_minor] AS amount, cancels_key,
  [o IN rows | o.cancels_id] AS cancels_id, [o IN rows | o.region] AS region,
  [o IN rows | o.channel] AS channel, [o IN rows | o.seq] AS seq

// columns_of
// The same for a list of keys.
MATCH (o:Order)
WHERE o.key IN $keys
OPTIONAL MATCH (cancelled:Order {id: o.cancels_id})
WITH o, coalesce(cancelled.key, -1) AS cancels_key
ORDER BY o.key
WITH collect(o) AS rows, collect(cancels_key) AS cancels_key
RETURN [o IN rows | o.id] AS id, [o IN rows | o.key] AS key,
  [o IN rows | coalesce(o.seller_key, -1)] AS seller_key, [o IN rows | o.buyer_kind] AS buyer_kind,
  [o IN rows | coalesce(o.buyer_key, -1)] AS buyer_key, [o IN rows | o.buyer_id] AS buyer_id,
  [o IN rows | o.ordered_at_ms] AS ordered_at, [o IN rows | o.paid_time_ms] AS paid_at,
  [o IN rows | o.received_time_ms] AS received_at, [o IN rows | o.cancelled_at_ms] AS cancelled_at,
  [o IN rows | o.status] AS status, [o IN rows | o.kind] AS kind,
  [o IN rows | o.currency] AS currency, [o IN rows | o.amount_minor] AS amount, cancels_key,
  [o IN rows | o.cancels_id] AS cancels_id, [o IN rows | o.region] AS region,
  [o IN rows | o.channel] AS channel, [o IN rows | o.seq] AS seq

// line_columns
// Lines of one page of orders by the order's key, as lists.
MATCH (line:OrderLine)
USING INDEX line:OrderLine(order_key)
WHERE line.order_key > $after AND line.order_key <= $upto AND line.seq <= $seq_max
WITH line ORDER BY line.order_key, line.line_no
WITH collect(line) AS rows
RETURN [l IN rows | l.order_key] AS order_key, [l IN rows | l.line_no] AS line_no,
  [l IN rows | coalesce(l.product_key, -1)] AS product_key,
  [l IN rows | l.quantity_milli] AS quantity_milli, [l IN rows | l.unit_price_minor] AS unit_price,
  [l IN rows | l.discount_minor] AS discount, [l IN rows | l.tax_minor] AS tax,
  [l IN rows | l.commissionable] AS commissionable, [l IN rows | l.seq] AS seq

// line_columns_of
// The same for a list of orders' keys.
MATCH (line:OrderLine)
WHERE line.order_key IN $keys
WITH line ORDER BY line.order_key, line.line_no
WITH collect(line) AS rows
RETURN [l IN rows | l.order_key] AS order_key, [l IN rows | l.line_no] AS line_no,
  [l IN rows | coalesce(l.product_key, -1)] AS product_key,
  [l IN rows | l.quantity_milli] AS quantity_milli, [l IN rows | l.unit_price_minor] AS unit_price,
  [l IN rows | l.discount_minor] AS discount, [l IN rows | l.tax_minor] AS tax,
  [l IN rows | l.commissionable] AS commissionable, [l IN rows | l.seq] AS seq

// changed
// Keys last touched within a range of change cursors, by the index on (seq, key).
MATCH (o:Order)
USING INDEX o:Order(seq, key)
WHERE o.seq > $since AND o.seq <= $upto AND o.key IS NOT NULL
WITH o ORDER BY o.seq, o.key LIMIT $first
RETURN collect(o.key) AS keys

// changed_lines
// Orders with a line last touched within a range of change cursors, by the index on
// (seq, order_key).
MATCH (line:OrderLine)
USING INDEX line:OrderLine(seq, order_key)
WHERE line.seq > $since AND line.seq <= $upto AND line.order_key IS NOT NULL
WITH DISTINCT line.seq AS seq, line.order_key AS key
ORDER BY seq, key
LIMIT $first
RETURN collect(key) AS keys

// frozen_columns
// What is frozen of one page of orders, as lists.
MATCH (o:Order)
USING INDEX o:Order(key)
WHERE o.key > $after AND o.key <= $upto AND o.frozen_plan IS NOT NULL
WITH o ORDER BY o.key
WITH collect(o) AS rows
RETURN [o IN rows | o.key] AS order_key, [o IN rows | nullIf(o.frozen_plan, '')] AS plan,
  [o IN rows | o.frozen_anchor_ms] AS anchor, [o IN rows | o.frozen_seq] AS seq,
  [o IN rows | o.frozen_self] AS buyer_is_seller, [o IN rows | o.frozen_run] AS run_id,
  [o IN rows | o.frozen_keys] AS keys, [o IN rows | o.frozen_levels] AS levels,
  [o IN rows | o.frozen_gates] AS gates, [o IN rows | o.frozen_ranks] AS ranks

// frozen_columns_of
// The same for a list of keys.
MATCH (o:Order)
WHERE o.key IN $keys AND o.frozen_plan IS NOT NULL
WITH o ORDER BY o.key
WITH collect(o) AS rows
RETURN [o IN rows | o.key] AS order_key, [o IN rows | nullIf(o.frozen_plan, '')] AS plan,
  [o IN rows | o.frozen_anchor_ms] AS anchor, [o IN rows | o.frozen_seq] AS seq,
  [o IN rows | o.frozen_self] AS buyer_is_seller, [o IN rows | o.frozen_run] AS run_id,
  [o IN rows | o.frozen_keys] AS keys, [o IN rows | o.frozen_levels] AS levels,
  [o IN rows | o.frozen_gates] AS gates, [o IN rows | o.frozen_ranks] AS ranks

// page_of_seller
// One page of a seller's orders, in the order of the index on (seller_key, ordered_at_ms, key).
MATCH (seller:Distributor {id: $id})
CALL (seller) {
  MATCH (o:Order)
  USING INDEX o:Order(seller_key, ordered_at_ms, key)
  WHERE o.seller_key = seller.key AND o.ordered_at_ms >= $at_ms AND o.key IS NOT NULL
    AND (o.ordered_at_ms > $at_ms OR o.key > $after)
  RETURN o
  ORDER BY o.seller_key, o.ordered_at_ms, o.key
  LIMIT $limit
}
RETURN o.id AS id, o.key AS key, o.ordered_at_ms AS ordered_at_ms
ORDER BY ordered_at_ms, key

// count_of_seller
// How many orders a seller has, from his degree.
OPTIONAL MATCH (seller:Distributor {id: $id})
RETURN CASE WHEN seller IS NULL THEN 0 ELSE COUNT { (seller)-[:SOLD]->() } END AS orders

// sold_keys
// Orders of sellers paid within a time, by the index on (seller_key, paid_time_ms).
UNWIND $keys AS seller_key
MATCH (o:Order)
USING INDEX o:Order(seller_key, paid_time_ms)
WHERE o.seller_key = seller_key AND o.paid_time_ms > $after_ms AND o.paid_time_ms <= $upto_ms
WITH DISTINCT o.key AS key
ORDER BY key
RETURN collect(key) AS keys

// bought_keys
// Orders that distributors bought, paid within a time.
MATCH (d:Distributor)-[:BOUGHT]->(o:Order)
WHERE d.key IN $keys AND o.paid_time_ms > $after_ms AND o.paid_time_ms <= $upto_ms
WITH o.key AS key
ORDER BY key
RETURN collect(key) AS keys

// first_paid
// The first paid sale of a buyer with a seller.
UNWIND $pairs AS pair
MATCH (seller:Distributor {id: pair.seller_id})
OPTIONAL MATCH (customer:Customer {id: CASE pair.buyer_kind WHEN 'customer' THEN pair.buyer_id END})
OPTIONAL MATCH (d:Distributor {id: CASE pair.buyer_kind WHEN 'distributor' THEN pair.buyer_id END})
WITH pair, seller, coalesce(customer, d) AS buyer
WHERE buyer IS NOT NULL
CALL (seller, buyer) {
  MATCH (buyer)-[:BOUGHT]->(o:Order)
  WHERE o.seller_key = seller.key AND o.kind = 'sale' AND o.paid_time_ms IS NOT NULL
  RETURN o
  ORDER BY o.paid_time_ms, o.id
  LIMIT 1
}
RETURN pair.buyer_kind AS buyer_kind, pair.buyer_id AS buyer_id, pair.seller_id AS seller_id,
  o.paid_time_ms AS first_paid_ms, o.key AS order_key
ORDER BY buyer_kind, buyer_id, seller_id
