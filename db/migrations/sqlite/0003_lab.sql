-- 0003: what lab makes: runs of recipes, model versions and aliases, gate decisions. Models,
-- evaluations and artefacts themselves are objects (0001) with lineage. All append-only.

-- A submitted run and its author, before anything is known about its end.
CREATE TABLE lab_run (
    run       TEXT PRIMARY KEY CHECK (length(run) = 16),
    kind      TEXT NOT NULL CHECK (kind IN ('train', 'eval', 'compile')),
    recipe    TEXT NOT NULL,
    code_sha  TEXT NOT NULL,
    extract   TEXT NOT NULL REFERENCES object (id),
    model     TEXT NOT NULL,          -- uid; '' of a training
    name      TEXT NOT NULL,          -- of the model
    target    TEXT NOT NULL,          -- '' unless a compilation
    who       TEXT NOT NULL CHECK (who <> ''),
    key       TEXT NOT NULL CHECK (key LIKE 'SHA256:%'),
    at_ns     INTEGER NOT NULL,
    audit_seq INTEGER NOT NULL REFERENCES audit (seq)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER lab_run_no_update BEFORE UPDATE ON lab_run BEGIN SELECT RAISE(ABORT, 'lab_run is append-only'); END;
CREATE TRIGGER lab_run_no_delete BEFORE DELETE ON lab_run BEGIN SELECT RAISE(ABORT, 'lab_run is append-only'); END;
CREATE TRIGGER lab_run_no_replace BEFORE INSERT ON lab_run WHEN EXISTS (SELECT 1 FROM lab_run WHERE run = NEW.run)
BEGIN SELECT RAISE(ABORT, 'lab_run is append-only'); END;
-- What came of it.
CREATE TABLE lab_result (
    run       TEXT PRIMARY KEY REFERENCES lab_run (run),
    object_id TEXT NOT NULL REFERENCES object (id),
    audit_seq INTEGER NOT NULL REFERENCES audit (seq)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER lab_result_no_update BEFORE UPDATE ON lab_result BEGIN SELECT RAISE(ABORT, 'lab_result is append-only'); END;
CREATE TRIGGER lab_result_no_delete BEFORE DELETE ON lab_result BEGIN SELECT RAISE(ABORT, 'lab_result is append-only'); END;
CREATE TRIGGER lab_result_no_replace BEFORE INSERT ON lab_result WHEN EXISTS (SELECT 1 FROM lab_result WHERE run = NEW.run)
BEGIN SELECT RAISE(ABORT, 'lab_result is append-only'); END;

-- Who made an object, or something it was made from: these keys cannot approve it.
CREATE TABLE authorship (
    object_id TEXT NOT NULL REFERENCES object (id),
    who       TEXT NOT NULL CHECK (who <> ''),
    key       TEXT NOT NULL CHECK (key LIKE 'SHA256:%'),
    audit_seq INTEGER NOT NULL REFERENCES audit (seq),
    PRIMARY KEY (object_id, key, who)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER authorship_no_update BEFORE UPDATE ON authorship BEGIN SELECT RAISE(ABORT, 'authorship is append-only'); END;
CREATE TRIGGER authorship_no_delete BEFORE DELETE ON authorship BEGIN SELECT RAISE(ABORT, 'authorship is append-only'); END;
CREATE TRIGGER authorship_no_replace BEFORE INSERT ON authorship
WHEN EXISTS (SELECT 1 FROM authorship WHERE object_id = NEW.object_id AND key = NEW.key AND who = NEW.who)
BEGIN SELECT RAISE(ABORT, 'authorship is append-only'); END;

CREATE TABLE model_version (
    id        INTEGER PRIMARY KEY,
    name      TEXT NOT NULL CHECK (name <> ''),
    version   INTEGER NOT NULL CHECK (version > 0),
    uid       TEXT NOT NULL REFERENCES object (id),
    run       TEXT NOT NULL,
    who       TEXT NOT NULL,
    key       TEXT NOT NULL,
    at_ns     INTEGER NOT NULL,
    audit_seq INTEGER NOT NULL REFERENCES audit (seq),
    UNIQUE (name, version),
    UNIQUE (name, uid)
) STRICT;
CREATE INDEX model_version_by_uid ON model_version (uid);
CREATE TRIGGER model_version_no_update BEFORE UPDATE ON model_version BEGIN SELECT RAISE(ABORT, 'a model version is immutable'); END;
CREATE TRIGGER model_version_no_delete BEFORE DELETE ON model_version BEGIN SELECT RAISE(ABORT, 'a model version is immutable'); END;
CREATE TRIGGER model_version_no_replace BEFORE INSERT ON model_version
WHEN EXISTS (SELECT 1 FROM model_version WHERE id = NEW.id OR (name = NEW.name AND (version = NEW.version OR uid = NEW.uid)))
BEGIN SELECT RAISE(ABORT, 'a model version is immutable'); END;

-- The newest row of (name, alias) wins.
CREATE TABLE model_alias (
    id        INTEGER PRIMARY KEY,
    name      TEXT NOT NULL,
    alias     TEXT NOT NULL CHECK (alias <> ''),
    version   INTEGER NOT NULL,
    who       TEXT NOT NULL,
    key       TEXT NOT NULL,
    at_ns     INTEGER NOT NULL,
    audit_seq INTEGER NOT NULL REFERENCES audit (seq),
    FOREIGN KEY (name, version) REFERENCES model_version (name, version)
) STRICT;
CREATE INDEX model_alias_newest ON model_alias (name, alias, id DESC);
CREATE TRIGGER model_alias_no_update BEFORE UPDATE ON model_alias BEGIN SELECT RAISE(ABORT, 'model_alias is append-only'); END;
CREATE TRIGGER model_alias_no_delete BEFORE DELETE ON model_alias BEGIN SELECT RAISE(ABORT, 'model_alias is append-only'); END;
CREATE TRIGGER model_alias_no_replace BEFORE INSERT ON model_alias WHEN EXISTS (SELECT 1 FROM model_alias WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'model_alias is append-only'); END;

CREATE TABLE gate_decision (
    id            INTEGER PRIMARY KEY,
    object_id     TEXT NOT NULL REFERENCES object (id),
    gate          TEXT NOT NULL CHECK (gate <> ''),
    verdict       TEXT NOT NULL CHECK (verdict IN ('approve', 'reject')),
    passed        INTEGER NOT NULL CHECK (passed IN (0, 1)),   -- every check of the gate held
    reason        TEXT NOT NULL,
    reviewer      TEXT NOT NULL CHECK (reviewer <> ''),
    key           TEXT NOT NULL CHECK (key LIKE 'SHA256:%'),
    card_sha256   TEXT NOT NULL CHECK (length(card_sha256) = 64),
    policy_sha256 TEXT NOT NULL CHECK (length(policy_sha256) = 64),
    record        TEXT NOT NULL,      -- the bytes that are signed
    signature     TEXT NOT NULL CHECK (signature <> ''),
    at_ns         INTEGER NOT NULL,
    audit_seq     INTEGER NOT NULL REFERENCES audit (seq)
) STRICT;
CREATE INDEX gate_decision_by_object ON gate_decision (object_id, gate, id);
CREATE TRIGGER gate_not_own BEFORE INSERT ON gate_decision
WHEN NEW.verdict = 'approve' AND EXISTS (SELECT 1 FROM authorship WHERE object_id = NEW.object_id
     AND (key = NEW.key OR who = NEW.reviewer))
BEGIN SELECT RAISE(ABORT, 'gate: an author of an object cannot approve it; ask another person'); END;
CREATE TRIGGER gate_authored BEFORE INSERT ON gate_decision
WHEN NOT EXISTS (SELECT 1 FROM authorship WHERE object_id = NEW.object_id)
BEGIN SELECT RAISE(ABORT, 'gate: nobody knows who made that object'); END;
CREATE TRIGGER gate_registered BEFORE INSERT ON gate_decision
WHEN NOT EXISTS (SELECT 1 FROM identity WHERE fingerprint = NEW.key AND name = NEW.reviewer)
BEGIN SELECT RAISE(ABORT, 'gate: that key is not registered under that name; see spur identity'); END;
CREATE TRIGGER gate_passed BEFORE INSERT ON gate_decision WHEN NEW.verdict = 'approve' AND NEW.passed = 0
BEGIN SELECT RAISE(ABORT, 'gate: an object whose checks fail cannot be approved'); END;
CREATE TRIGGER gate_decision_no_update BEFORE UPDATE ON gate_decision BEGIN SELECT RAISE(ABORT, 'gate_decision is append-only'); END;
CREATE TRIGGER gate_decision_no_delete BEFORE DELETE ON gate_decision BEGIN SELECT RAISE(ABORT, 'gate_decision is append-only'); END;
CREATE TRIGGER gate_decision_no_replace BEFORE INSERT ON gate_decision WHEN EXISTS (SELECT 1 FROM gate_decision WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'gate_decision is append-only'); END;
