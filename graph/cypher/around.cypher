// orders
// Orders by id, with what a night froze, lines with their products, and the people on the path.
MATCH (o:Order)
WHERE o.id IN $ids
OPTIONAL MATCH (plan:PlanVersion {id: o.frozen_plan})
OPTIONAL MATCH (seller:Distributor {key: o.seller_key})
RETURN o.id AS id, o.key AS key, coalesce(o.seller_key, -1) AS seller_key,
  seller.id AS seller_id, o.buyer_kind AS buyer_kind, coalesce(o.buyer_key, -1) AS buyer_key,
  o.ordered_at_ms AS ordered_at, o.paid_time_ms AS paid_at, o.status AS status, o.kind AS kind,
  o.currency AS currency, o.amount_minor AS amount,
  EXISTS { MATCH (:Order {id: o.cancels_id}) } AS cancels_known,
  o.frozen_plan AS plan, plan.digest AS plan_digest, o.frozen_anchor_ms AS anchor,
  o.frozen_seq AS frozen_seq, coalesce(o.frozen_keys, []) AS keys,
  coalesce(o.frozen_levels, []) AS levels, coalesce(o.frozen_gates, []) AS gates,
  coalesce(o.frozen_ranks, []) AS ranks,
  COLLECT {
    UNWIND o.frozen_keys AS key
    MATCH (d:Distributor {key: key})
    RETURN [d.key, d.id]
  } AS people,
  COLLECT {
    MATCH (o)-[:HAS_LINE]->(line:OrderLine)
    OPTIONAL MATCH (p:Product {key: line.product_key})
    RETURN {
      line_no: line.line_no, quantity_milli: line.quantity_milli,
      unit_price: line.unit_price_minor, discount: coalesce(line.discount_minor, 0),
      commissionable: coalesce(line.commissionable, p.commissionable, true), seq: line.seq,
      product_id: p.id, category: p.category, cost: p.cost_minor, product_currency: p.currency
    }
    ORDER BY line.line_no
  } AS lines
ORDER BY key
