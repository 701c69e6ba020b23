-- 0005: each line of the audit carries the hash of the rows it made; identities end.
-- Pair: sqlite/0005_audit_row.sql.

-- What a line of the audit made or changed, one row each: the record of the line has their number and
-- the sha256 over them, so they are part of the chain. The newest seal of a row holds. columns: four
-- hex digits per column, to say which one was changed; the proof is sha256.
CREATE TABLE audit_row (
    seq      BIGINT NOT NULL REFERENCES audit (seq),
    position BIGINT NOT NULL,
    tab      TEXT COLLATE "C" NOT NULL,
    row_key  TEXT COLLATE "C" NOT NULL,           -- JSON array of the primary key
    sha256   TEXT COLLATE "C" NOT NULL,
    columns  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (seq, position)
);
CREATE TRIGGER audit_row_no_update BEFORE UPDATE ON audit_row FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('audit_row is append-only');
CREATE TRIGGER audit_row_no_delete BEFORE DELETE ON audit_row FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('audit_row is append-only');
CREATE TRIGGER audit_row_no_truncate BEFORE TRUNCATE ON audit_row FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('audit_row is append-only');
CREATE FUNCTION audit_row_no_replace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM audit_row WHERE seq = NEW.seq AND position = NEW.position) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'audit_row is append-only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_row_no_replace BEFORE INSERT ON audit_row FOR EACH ROW EXECUTE FUNCTION audit_row_no_replace();

-- A key that is not to be trusted any more: what it signed before this line stands, nothing after it counts.
CREATE TABLE identity_end (
    identity_id BIGINT PRIMARY KEY REFERENCES identity (id),
    reason      TEXT COLLATE "C" NOT NULL CHECK (reason <> ''),
    who         TEXT COLLATE "C" NOT NULL CHECK (who <> ''),
    key         TEXT COLLATE "C" NOT NULL,
    at_ns       BIGINT NOT NULL,
    audit_seq   BIGINT NOT NULL REFERENCES audit (seq)
);
CREATE TRIGGER identity_end_no_update BEFORE UPDATE ON identity_end FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('identity_end is append-only');
CREATE TRIGGER identity_end_no_delete BEFORE DELETE ON identity_end FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('identity_end is append-only');
CREATE TRIGGER identity_end_no_truncate BEFORE TRUNCATE ON identity_end FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('identity_end is append-only');
CREATE FUNCTION identity_end_no_replace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM identity_end WHERE identity_id = NEW.identity_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'identity: that key was revoked already';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER identity_end_no_replace BEFORE INSERT ON identity_end FOR EACH ROW EXECUTE FUNCTION identity_end_no_replace();
CREATE FUNCTION review_not_ended() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM identity_end AS e JOIN identity AS i ON i.id = e.identity_id WHERE i.fingerprint = NEW.key) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'review: that key was revoked';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_not_ended BEFORE INSERT ON review FOR EACH ROW EXECUTE FUNCTION review_not_ended();
CREATE FUNCTION gate_not_ended() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM identity_end AS e JOIN identity AS i ON i.id = e.identity_id WHERE i.fingerprint = NEW.key) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'gate: that key was revoked';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER gate_not_ended BEFORE INSERT ON gate_decision FOR EACH ROW EXECUTE FUNCTION gate_not_ended();
CREATE FUNCTION signature_not_ended() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM identity_end AS e JOIN identity AS i ON i.id = e.identity_id WHERE i.fingerprint = NEW.key) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'signature: that key was revoked';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER signature_not_ended BEFORE INSERT ON signature FOR EACH ROW EXECUTE FUNCTION signature_not_ended();

-- The line that made or last changed the row; 0: before there were such lines.
ALTER TABLE run ADD COLUMN audit_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE source_stat ADD COLUMN audit_seq BIGINT NOT NULL DEFAULT 0;

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

-- Rows come before the line of the audit that they refer to: it carries their hash. SQLite defers every key.
DO $$
DECLARE
    k RECORD;
BEGIN
    FOR k IN SELECT o.conname, c.relname FROM pg_constraint AS o JOIN pg_class AS c ON c.oid = o.conrelid
             WHERE o.contype = 'f' AND o.confrelid = 'audit'::regclass LOOP
        EXECUTE format('ALTER TABLE %I ALTER CONSTRAINT %I DEFERRABLE INITIALLY DEFERRED', k.relname, k.conname);
    END LOOP;
END $$;

SELECT spur_guard_always();
