// The change cursor with the key behind it: what one load touched, a page of keys at a time.
CREATE INDEX distributor_seq_key IF NOT EXISTS FOR (n:Distributor) ON (n.seq, n.key)

CREATE INDEX customer_seq_key IF NOT EXISTS FOR (n:Customer) ON (n.seq, n.key)

CREATE INDEX product_seq_key IF NOT EXISTS FOR (n:Product) ON (n.seq, n.key)

CREATE INDEX order_seq_key IF NOT EXISTS FOR (n:Order) ON (n.seq, n.key)

CREATE INDEX order_line_seq_order_key IF NOT EXISTS FOR (n:OrderLine) ON (n.seq, n.order_key)

CREATE INDEX refund_seq_key IF NOT EXISTS FOR (n:Refund) ON (n.seq, n.key)

CREATE INDEX identifier_seq_key IF NOT EXISTS FOR (n:Identifier) ON (n.seq, n.key)

CREATE INDEX resale_seq_key IF NOT EXISTS FOR (n:Resale) ON (n.seq, n.key)

CREATE INDEX payout_seq_key IF NOT EXISTS FOR (n:Payout) ON (n.seq, n.key)

CREATE INDEX buyback_seq_key IF NOT EXISTS FOR (n:Buyback) ON (n.seq, n.key)

CREATE INDEX complaint_seq_key IF NOT EXISTS FOR (n:Complaint) ON (n.seq, n.key)

// A seller's orders by time, for a page and for a window.
CREATE INDEX order_seller_ordered IF NOT EXISTS FOR (n:Order) ON (n.seller_key, n.ordered_at_ms, n.key)

CREATE INDEX order_seller_key_paid IF NOT EXISTS FOR (n:Order) ON (n.seller_key, n.paid_time_ms)

CREATE INDEX refund_order_key IF NOT EXISTS FOR (n:Refund) ON (n.order_key)

// Sparse: only rows that name somebody nobody knows yet have these properties.
CREATE INDEX order_buyer_unknown IF NOT EXISTS FOR (n:Order) ON (n.buyer_unknown)

CREATE INDEX order_line_product_unknown IF NOT EXISTS FOR (n:OrderLine) ON (n.product_unknown)

// A beneficiary's entries by time, all and within one period.
CREATE INDEX commission_entry_beneficiary_booked IF NOT EXISTS FOR (n:CommissionEntry) ON (n.beneficiary_id, n.booked_at_ms)

CREATE INDEX commission_entry_beneficiary_period IF NOT EXISTS FOR (n:CommissionEntry) ON (n.beneficiary_id, n.period, n.booked_at_ms)

// Plans by name, runs and loads newest first.
CREATE INDEX plan_version_name IF NOT EXISTS FOR (n:PlanVersion) ON (n.name, n.valid_from_ms)

CREATE INDEX run_as_of IF NOT EXISTS FOR (n:Run) ON (n.as_of, n.attempt)

CREATE INDEX run_status IF NOT EXISTS FOR (n:Run) ON (n.status, n.as_of, n.attempt)

CREATE INDEX load_seq IF NOT EXISTS FOR (n:Load) ON (n.seq)
