// Findings, what each night made of them, verdicts by scope.
CREATE CONSTRAINT finding_id IF NOT EXISTS FOR (n:Finding) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT evaluation_id IF NOT EXISTS FOR (n:Evaluation) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT verdict_scope_id IF NOT EXISTS FOR (n:VerdictScope) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT verdict_id IF NOT EXISTS FOR (n:Verdict) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT case_id IF NOT EXISTS FOR (n:Case) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT change_id IF NOT EXISTS FOR (n:Change) REQUIRE n.id IS UNIQUE

CREATE CONSTRAINT audit_entry_seq IF NOT EXISTS FOR (n:AuditEntry) REQUIRE n.seq IS UNIQUE

CREATE CONSTRAINT audit_entry_key IF NOT EXISTS FOR (n:AuditEntry) REQUIRE n.key IS UNIQUE

// Findings by state, by severity, by date, by case.
CREATE INDEX finding_state IF NOT EXISTS FOR (n:Finding) ON (n.state, n.id)

CREATE INDEX finding_calm IF NOT EXISTS FOR (n:Finding) ON (n.calm, n.id)

CREATE INDEX finding_last_seen IF NOT EXISTS FOR (n:Finding) ON (n.last_seen, n.id)

CREATE INDEX finding_first_seen IF NOT EXISTS FOR (n:Finding) ON (n.first_seen, n.id)

CREATE INDEX finding_case IF NOT EXISTS FOR (n:Finding) ON (n.case_id, n.id)

CREATE INDEX evaluation_finding IF NOT EXISTS FOR (n:Evaluation) ON (n.finding_id, n.as_of, n.number)

CREATE INDEX verdict_scope_as_of IF NOT EXISTS FOR (n:Verdict) ON (n.scope, n.as_of)

CREATE INDEX case_due IF NOT EXISTS FOR (n:Case) ON (n.state, n.due_ms, n.id)

CREATE INDEX change_state IF NOT EXISTS FOR (n:Change) ON (n.state, n.id)

CREATE INDEX audit_entry_subject IF NOT EXISTS FOR (n:AuditEntry) ON (n.subject, n.seq)

// Who is meant beside a finding: complaints about him, accounts of his person.
CREATE INDEX complaint_about IF NOT EXISTS FOR (n:Complaint) ON (n.about_distributor_id)

CREATE INDEX distributor_person IF NOT EXISTS FOR (n:Distributor) ON (n.person_id)
