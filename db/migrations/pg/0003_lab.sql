-- 0003: what lab makes: runs of recipes, model versions and aliases, gate decisions. Models,
-- evaluations and artefacts themselves are objects (0001) with lineage. All append-only.

-- A submitted run and its author, before anything is known about its end.
CREATE TABLE lab_run (
    run       TEXT COLLATE "C" PRIMARY KEY CHECK (length(run) = 16),
    kind      TEXT COLLATE "C" NOT NULL CHECK (kind IN ('train', 'eval', 'compile')),
    recipe    TEXT COLLATE "C" NOT NULL,
    code_sha  TEXT COLLATE "C" NOT NULL,
    extract   TEXT COLLATE "C" NOT NULL REFERENCES object (id),
    model     TEXT COLLATE "C" NOT NULL,     -- uid; '' of a training
    name      TEXT COLLATE "C" NOT NULL,     -- of the model
    target    TEXT COLLATE "C" NOT NULL,     -- '' unless a compilation
    who       TEXT COLLATE "C" NOT NULL CHECK (who <> ''),
    key       TEXT COLLATE "C" NOT NULL CHECK (key LIKE 'SHA256:%'),
    at_ns     BIGINT NOT NULL,
    audit_seq BIGINT NOT NULL REFERENCES audit (seq)
);
CREATE TRIGGER lab_run_no_update BEFORE UPDATE ON lab_run FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('lab_run is append-only');
CREATE TRIGGER lab_run_no_delete BEFORE DELETE ON lab_run FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('lab_run is append-only');
CREATE TRIGGER lab_run_no_truncate BEFORE TRUNCATE ON lab_run FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('lab_run is append-only');
CREATE FUNCTION lab_run_no_replace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM lab_run WHERE run = NEW.run) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'lab_run is append-only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER lab_run_no_replace BEFORE INSERT ON lab_run FOR EACH ROW EXECUTE FUNCTION lab_run_no_replace();
-- What came of it.
CREATE TABLE lab_result (
    run       TEXT COLLATE "C" PRIMARY KEY REFERENCES lab_run (run),
    object_id TEXT COLLATE "C" NOT NULL REFERENCES object (id),
    audit_seq BIGINT NOT NULL REFERENCES audit (seq)
);
CREATE TRIGGER lab_result_no_update BEFORE UPDATE ON lab_result FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('lab_result is append-only');
CREATE TRIGGER lab_result_no_delete BEFORE DELETE ON lab_result FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('lab_result is append-only');
CREATE TRIGGER lab_result_no_truncate BEFORE TRUNCATE ON lab_result FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('lab_result is append-only');
CREATE FUNCTION lab_result_no_replace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM lab_result WHERE run = NEW.run) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'lab_result is append-only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER lab_result_no_replace BEFORE INSERT ON lab_result FOR EACH ROW EXECUTE FUNCTION lab_result_no_replace();

-- Who made an object, or something it was made from: these keys cannot approve it.
CREATE TABLE authorship (
    object_id TEXT COLLATE "C" NOT NULL REFERENCES object (id),
    who       TEXT COLLATE "C" NOT NULL CHECK (who <> ''),
    key       TEXT COLLATE "C" NOT NULL CHECK (key LIKE 'SHA256:%'),
    audit_seq BIGINT NOT NULL REFERENCES audit (seq),
    PRIMARY KEY (object_id, key, who)
);
CREATE TRIGGER authorship_no_update BEFORE UPDATE ON authorship FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('authorship is append-only');
CREATE TRIGGER authorship_no_delete BEFORE DELETE ON authorship FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('authorship is append-only');
CREATE TRIGGER authorship_no_truncate BEFORE TRUNCATE ON authorship FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('authorship is append-only');
CREATE FUNCTION authorship_no_replace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM authorship WHERE object_id = NEW.object_id AND key = NEW.key AND who = NEW.who) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'authorship is append-only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER authorship_no_replace BEFORE INSERT ON authorship FOR EACH ROW EXECUTE FUNCTION authorship_no_replace();

CREATE TABLE model_version (
    id        BIGINT PRIMARY KEY DEFAULT spur_next_id('model_version'),
    name      TEXT COLLATE "C" NOT NULL CHECK (name <> ''),
    version   BIGINT NOT NULL CHECK (version > 0),
    uid       TEXT COLLATE "C" NOT NULL REFERENCES object (id),
    run       TEXT COLLATE "C" NOT NULL,
    who       TEXT COLLATE "C" NOT NULL,
    key       TEXT COLLATE "C" NOT NULL,
    at_ns     BIGINT NOT NULL,
    audit_seq BIGINT NOT NULL REFERENCES audit (seq),
    UNIQUE (name, version),
    UNIQUE (name, uid)
);
CREATE INDEX model_version_by_uid ON model_version (uid);
CREATE TRIGGER model_version_no_update BEFORE UPDATE ON model_version FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('a model version is immutable');
CREATE TRIGGER model_version_no_delete BEFORE DELETE ON model_version FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('a model version is immutable');
CREATE TRIGGER model_version_no_truncate BEFORE TRUNCATE ON model_version FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('a model version is immutable');
CREATE FUNCTION model_version_no_replace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM model_version WHERE id = NEW.id OR (name = NEW.name AND (version = NEW.version OR uid = NEW.uid))) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'a model version is immutable';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER model_version_no_replace BEFORE INSERT ON model_version FOR EACH ROW EXECUTE FUNCTION model_version_no_replace();

-- The newest row of (name, alias) wins.
CREATE TABLE model_alias (
    id        BIGINT PRIMARY KEY DEFAULT spur_next_id('model_alias'),
    name      TEXT COLLATE "C" NOT NULL,
    alias     TEXT COLLATE "C" NOT NULL CHECK (alias <> ''),
    version   BIGINT NOT NULL,
    who       TEXT COLLATE "C" NOT NULL,
    key       TEXT COLLATE "C" NOT NULL,
    at_ns     BIGINT NOT NULL,
    audit_seq BIGINT NOT NULL REFERENCES audit (seq),
    FOREIGN KEY (name, version) REFERENCES model_version (name, version)
);
CREATE INDEX model_alias_newest ON model_alias (name, alias, id DESC);
CREATE TRIGGER model_alias_no_update BEFORE UPDATE ON model_alias FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('model_alias is append-only');
CREATE TRIGGER model_alias_no_delete BEFORE DELETE ON model_alias FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('model_alias is append-only');
CREATE TRIGGER model_alias_no_truncate BEFORE TRUNCATE ON model_alias FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('model_alias is append-only');
CREATE FUNCTION model_alias_no_replace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM model_alias WHERE id = NEW.id) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'model_alias is append-only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER model_alias_no_replace BEFORE INSERT ON model_alias FOR EACH ROW EXECUTE FUNCTION model_alias_no_replace();

CREATE TABLE gate_decision (
    id            BIGINT PRIMARY KEY DEFAULT spur_next_id('gate_decision'),
    object_id     TEXT COLLATE "C" NOT NULL REFERENCES object (id),
    gate          TEXT COLLATE "C" NOT NULL CHECK (gate <> ''),
    verdict       TEXT COLLATE "C" NOT NULL CHECK (verdict IN ('approve', 'reject')),
    passed        BIGINT NOT NULL CHECK (passed IN (0, 1)),     -- every check of the gate held
    reason        TEXT COLLATE "C" NOT NULL,
    reviewer      TEXT COLLATE "C" NOT NULL CHECK (reviewer <> ''),
    key           TEXT COLLATE "C" NOT NULL CHECK (key LIKE 'SHA256:%'),
    card_sha256   TEXT COLLATE "C" NOT NULL CHECK (length(card_sha256) = 64),
    policy_sha256 TEXT COLLATE "C" NOT NULL CHECK (length(policy_sha256) = 64),
    record        TEXT COLLATE "C" NOT NULL,     -- the bytes that are signed
    signature     TEXT COLLATE "C" NOT NULL CHECK (signature <> ''),
    at_ns         BIGINT NOT NULL,
    audit_seq     BIGINT NOT NULL REFERENCES audit (seq)
);
CREATE INDEX gate_decision_by_object ON gate_decision (object_id, gate, id);
CREATE FUNCTION gate_not_own() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NEW.verdict = 'approve' AND EXISTS (SELECT 1 FROM authorship WHERE object_id = NEW.object_id
       AND (key = NEW.key OR who = NEW.reviewer)) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'gate: an author of an object cannot approve it; ask another person';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER gate_not_own BEFORE INSERT ON gate_decision FOR EACH ROW EXECUTE FUNCTION gate_not_own();
CREATE FUNCTION gate_authored() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM authorship WHERE object_id = NEW.object_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'gate: nobody knows who made that object';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER gate_authored BEFORE INSERT ON gate_decision FOR EACH ROW EXECUTE FUNCTION gate_authored();
CREATE FUNCTION gate_registered() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM identity WHERE fingerprint = NEW.key AND name = NEW.reviewer) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'gate: that key is not registered under that name; see spur identity';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER gate_registered BEFORE INSERT ON gate_decision FOR EACH ROW EXECUTE FUNCTION gate_registered();
CREATE TRIGGER gate_passed BEFORE INSERT ON gate_decision FOR EACH ROW WHEN (NEW.verdict = 'approve' AND NEW.passed = 0)
    EXECUTE FUNCTION spur_refuse('gate: an object whose checks fail cannot be approved');
CREATE TRIGGER gate_decision_no_update BEFORE UPDATE ON gate_decision FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('gate_decision is append-only');
CREATE TRIGGER gate_decision_no_delete BEFORE DELETE ON gate_decision FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('gate_decision is append-only');
CREATE TRIGGER gate_decision_no_truncate BEFORE TRUNCATE ON gate_decision FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('gate_decision is append-only');
CREATE FUNCTION gate_decision_no_replace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM gate_decision WHERE id = NEW.id) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'gate_decision is append-only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER gate_decision_no_replace BEFORE INSERT ON gate_decision FOR EACH ROW EXECUTE FUNCTION gate_decision_no_replace();

SELECT spur_guard_always();
