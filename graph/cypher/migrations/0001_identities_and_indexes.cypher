// Natural ids: one node per id, for every label.
CREATE CONSTRAINT distributor_id IF NOT EXISTS FOR (n:Distributor) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT personal_data_id IF NOT EXISTS FOR (n:PersonalData) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT status_change_id IF NOT EXISTS FOR (n:StatusChange) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT customer_id IF NOT EXISTS FOR (n:Customer) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT product_id IF NOT EXISTS FOR (n:Product) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT order_id IF NOT EXISTS FOR (n:Order) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT order_line_id IF NOT EXISTS FOR (n:OrderLine) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT refund_id IF NOT EXISTS FOR (n:Refund) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT identifier_id IF NOT EXISTS FOR (n:Identifier) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT resale_id IF NOT EXISTS FOR (n:Resale) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT payout_id IF NOT EXISTS FOR (n:Payout) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT buyback_id IF NOT EXISTS FOR (n:Buyback) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT complaint_id IF NOT EXISTS FOR (n:Complaint) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT commission_entry_id IF NOT EXISTS FOR (n:CommissionEntry) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT plan_version_id IF NOT EXISTS FOR (n:PlanVersion) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT run_id IF NOT EXISTS FOR (n:Run) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT load_id IF NOT EXISTS FOR (n:Load) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT lock_id IF NOT EXISTS FOR (n:Lock) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT counter_id IF NOT EXISTS FOR (n:Counter) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT setting_id IF NOT EXISTS FOR (n:Setting) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT migration_id IF NOT EXISTS FOR (n:Migration) REQUIRE n.id IS UNIQUE

// Dense keys: what columns are paged by.
CREATE INDEX distributor_key IF NOT EXISTS FOR (n:Distributor) ON (n.key)

CREATE INDEX customer_key IF NOT EXISTS FOR (n:Customer) ON (n.key)

CREATE INDEX product_key IF NOT EXISTS FOR (n:Product) ON (n.key)

CREATE INDEX order_key IF NOT EXISTS FOR (n:Order) ON (n.key)

CREATE INDEX refund_key IF NOT EXISTS FOR (n:Refund) ON (n.key)

CREATE INDEX identifier_key IF NOT EXISTS FOR (n:Identifier) ON (n.key)

CREATE INDEX resale_key IF NOT EXISTS FOR (n:Resale) ON (n.key)

CREATE INDEX payout_key IF NOT EXISTS FOR (n:Payout) ON (n.key)

CREATE INDEX buyback_key IF NOT EXISTS FOR (n:Buyback) ON (n.key)

CREATE INDEX complaint_key IF NOT EXISTS FOR (n:Complaint) ON (n.key)

CREATE INDEX order_line_order_key IF NOT EXISTS FOR (n:OrderLine) ON (n.order_key)

CREATE INDEX commission_entry_order_key IF NOT EXISTS FOR (n:CommissionEntry) ON (n.order_key)
