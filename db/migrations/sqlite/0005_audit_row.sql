-- 0005: each line of the audit carries the hash of the rows it made; identities end.

-- What a line of the audit made or changed, one row each: the record of the line has their number and
-- the sha256 over them, so they are part of the chain. The newest seal of a row holds. columns: four
-- hex digits per column, to say which one was changed; the proof is sha256.
CREATE TABLE audit_row (
    seq      INTEGER NOT NULL REFERENCES audit (seq),
    position INTEGER NOT NULL,
    tab      TEXT NOT NULL,
    row_key  TEXT NOT NULL,           -- JSON array of the primary key
    sha256   TEXT NOT NULL,
    columns  TEXT NOT NULL,
    PRIMARY KEY (seq, position)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER audit_row_no_update BEFORE UPDATE ON audit_row BEGIN SELECT RAISE(ABORT, 'audit_row is append-only'); END;
CREATE TRIGGER audit_row_no_delete BEFORE DELETE ON audit_row BEGIN SELECT RAISE(ABORT, 'audit_row is append-only'); END;
CREATE TRIGGER audit_row_no_replace BEFORE INSERT ON audit_row
WHEN EXISTS (SELECT 1 FROM audit_row WHERE seq = NEW.seq AND position = NEW.position)
BEGIN SELECT RAISE(ABORT, 'audit_row is append-only'); END;

-- A key that is not to be trusted any more: what it signed before this line stands, nothing after it counts.
CREATE TABLE identity_end (
    identity_id INTEGER PRIMARY KEY REFERENCES identity (id),
    reason      TEXT NOT NULL CHECK (reason <> ''),
    who         TEXT NOT NULL CHECK (who <> ''),
    key         TEXT NOT NULL,
    at_ns       INTEGER NOT NULL,
    audit_seq   INTEGER NOT NULL REFERENCES audit (seq)
) STRICT;
CREATE TRIGGER identity_end_no_update BEFORE UPDATE ON identity_end BEGIN SELECT RAISE(ABORT, 'identity_end is append-only'); END;
CREATE TRIGGER identity_end_no_delete BEFORE DELETE ON identity_end BEGIN SELECT RAISE(ABORT, 'identity_end is append-only'); END;
CREATE TRIGGER identity_end_no_replace BEFORE INSERT ON identity_end
WHEN EXISTS (SELECT 1 FROM identity_end WHERE identity_id = NEW.identity_id)
BEGIN SELECT RAISE(ABORT, 'identity: that key was revoked already'); END;
CREATE TRIGGER review_not_ended BEFORE INSERT ON review
WHEN EXISTS (SELECT 1 FROM identity_end AS e JOIN identity AS i ON i.id = e.identity_id WHERE i.fingerprint = NEW.key)
BEGIN SELECT RAISE(ABORT, 'review: that key was revoked'); END;
CREATE TRIGGER gate_not_ended BEFORE INSERT ON gate_decision
WHEN EXISTS (SELECT 1 FROM identity_end AS e JOIN identity AS i ON i.id = e.identity_id WHERE i.fingerprint = NEW.key)
BEGIN SELECT RAISE(ABORT, 'gate: that key was revoked'); END;
CREATE TRIGGER signature_not_ended BEFORE INSERT ON signature
WHEN EXISTS (SELECT 1 FROM identity_end AS e JOIN identity AS i ON i.id = e.identity_id WHERE i.fingerprint = NEW.key)
BEGIN SELECT RAISE(ABORT, 'signature: that key was revoked'); END;

-- The line that made or last changed the row; 0: before there were such lines.
ALTER TABLE run ADD COLUMN audit_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE source_stat ADD COLUMN audit_seq INTEGER NOT NULL DEFAULT 0;

-- The rows of a line are looked up when it is written.
CREATE INDEX identity_by_audit ON identity (audit_seq);
CREATE INDEX identity_end_by_audit ON identity_end (audit_seq);
CREATE INDEX drive_by_audit ON drive (audit_seq);
CREATE INDEX source_by_audit ON source (audit_seq);
CREATE INDEX source_stat_by_audit ON source_stat (audit_seq);
CREATE INDEX clock_by_audit ON clock (audit_seq);
CREATE INDEX segment_by_audit ON segment (audit_seq);
CREATE INDEX segment_tag_by_audit ON segment_tag (audit_seq);
CREATE INDEX segment_edit_by_audit ON segment_edit (audit_seq);
CREATE INDEX review_by_audit ON review (audit_seq);
CREATE INDEX dataset_by_audit ON dataset (audit_seq);
CREATE INDEX object_by_audit ON object (audit_seq);
CREATE INDEX lineage_by_audit ON lineage (audit_seq);
CREATE INDEX signature_by_audit ON signature (audit_seq);
CREATE INDEX lab_run_by_audit ON lab_run (audit_seq);
CREATE INDEX lab_result_by_audit ON lab_result (audit_seq);
CREATE INDEX authorship_by_audit ON authorship (audit_seq);
CREATE INDEX model_version_by_audit ON model_version (audit_seq);
CREATE INDEX model_alias_by_audit ON model_alias (audit_seq);
CREATE INDEX gate_decision_by_audit ON gate_decision (audit_seq);
CREATE INDEX run_by_audit ON run (audit_seq);
