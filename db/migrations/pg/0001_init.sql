-- 0001: drives, sources, signal sets, clocks, segments, reviews, datasets, lineage, audit.
-- Pair: sqlite/0001_init.sql, table by table, column by column, guard by guard, in the same words.
--
-- Append-only tables refuse UPDATE, DELETE and TRUNCATE, and an INSERT of a key that is there. audit_seq
-- of a row is the line of the audit that made it. All times are UTC nanoseconds since 1970. Text compares
-- by its bytes (COLLATE "C"), as SQLite's does.
--
-- The runner has set search_path to the catalogue's schema, then pg_temp; guards keep that path, so
-- that nobody puts a temporary table of the same name before the one they ask.

-- What a guard does; its argument is the message.
CREATE FUNCTION spur_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = TG_ARGV[0];
END $$;
-- Ids without gaps, as SQLite gives them: a change that was refused takes none, so the same acts give
-- the same ids on every engine. Writers come one at a time (they hold audit_head); a second one past
-- that fails on the primary key.
CREATE FUNCTION spur_next_id(t TEXT) RETURNS BIGINT LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    n BIGINT;
BEGIN
    EXECUTE format('SELECT coalesce(max(id), 0) + 1 FROM %I', t) INTO n;
    RETURN n;
END $$;
-- At the end of each step: guards hold in sessions that call themselves replicas, too.
CREATE FUNCTION spur_guard_always() RETURNS VOID LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    g RECORD;
BEGIN
    FOR g IN SELECT t.tgname, c.relname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
             WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND NOT t.tgisinternal AND t.tgenabled = 'O' LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', g.relname, g.tgname);
    END LOOP;
END $$;

CREATE TABLE audit (
    seq       BIGINT PRIMARY KEY,
    record    TEXT COLLATE "C" NOT NULL,     -- canonical JSON: seq, at_ns, who, key, action, subject, line, detail
    prev_hash TEXT COLLATE "C" NOT NULL,
    hash      TEXT COLLATE "C" NOT NULL,     -- sha256(prev_hash, record), hex
    subject   TEXT COLLATE "C" NOT NULL     -- of the record, to search by
);
CREATE INDEX audit_by_subject ON audit (subject, seq);
-- Where the chain ends: a cut tail shows.
CREATE TABLE audit_head (
    id   BIGINT PRIMARY KEY CHECK (id = 1),
    seq  BIGINT NOT NULL,
    hash TEXT COLLATE "C" NOT NULL
);
INSERT INTO audit_head VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('audit is append-only');
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('audit is append-only');
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('audit is append-only');
CREATE FUNCTION audit_in_order() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NEW.seq <> (SELECT seq + 1 FROM audit_head) OR NEW.prev_hash <> (SELECT hash FROM audit_head) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'audit: not the next line of the chain';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_in_order BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_in_order();
-- Of its owner, so that writers need no right to update audit_head.
CREATE FUNCTION audit_moves_head() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE audit_head SET seq = NEW.seq, hash = NEW.hash WHERE id = 1;
    RETURN NULL;
END $$;
CREATE TRIGGER audit_moves_head AFTER INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_moves_head();
CREATE FUNCTION audit_head_forward() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NEW.seq <> OLD.seq + 1 OR NOT EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq AND hash = NEW.hash) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'audit_head follows the audit';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_head_forward();
CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('audit_head stays');
CREATE TRIGGER audit_head_no_truncate BEFORE TRUNCATE ON audit_head FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('audit_head stays');
CREATE TRIGGER audit_head_no_insert BEFORE INSERT ON audit_head FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('audit_head stays');

CREATE TABLE identity (
    id          BIGINT PRIMARY KEY DEFAULT spur_next_id('identity'),
    name        TEXT COLLATE "C" NOT NULL UNIQUE CHECK (name <> ''),
    public_key  TEXT COLLATE "C" NOT NULL UNIQUE CHECK (public_key <> ''),
    fingerprint TEXT COLLATE "C" NOT NULL UNIQUE CHECK (fingerprint LIKE 'SHA256:%'),
    at_ns       BIGINT NOT NULL,
    audit_seq   BIGINT NOT NULL REFERENCES audit (seq)
);
CREATE TRIGGER identity_no_update BEFORE UPDATE ON identity FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('identity is append-only');
CREATE TRIGGER identity_no_delete BEFORE DELETE ON identity FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('identity is append-only');
CREATE TRIGGER identity_no_truncate BEFORE TRUNCATE ON identity FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('identity is append-only');
CREATE FUNCTION identity_no_replace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM identity WHERE id = NEW.id OR name = NEW.name OR public_key = NEW.public_key
       OR fingerprint = NEW.fingerprint) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'identity: that name or key is registered already';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER identity_no_replace BEFORE INSERT ON identity FOR EACH ROW EXECUTE FUNCTION identity_no_replace();

-- Content-addressed: drives of one fleet share them.
CREATE TABLE signal_set (
    id     BIGINT PRIMARY KEY DEFAULT spur_next_id('signal_set'),
    sha256 TEXT COLLATE "C" NOT NULL UNIQUE,
    count  BIGINT NOT NULL
);
CREATE TABLE signal (
    set_id   BIGINT NOT NULL REFERENCES signal_set (id),
    position BIGINT NOT NULL,
    name     TEXT COLLATE "C" NOT NULL,
    unit     TEXT COLLATE "C" NOT NULL,
    type     TEXT COLLATE "C" NOT NULL,
    stream   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (set_id, position)
);
CREATE INDEX signal_by_name ON signal (name, set_id);

CREATE TABLE drive (
    id           BIGINT PRIMARY KEY DEFAULT spur_next_id('drive'),
    uid          TEXT COLLATE "C" NOT NULL UNIQUE,
    name         TEXT COLLATE "C" NOT NULL UNIQUE CHECK (name <> ''),
    reference_id BIGINT,     -- source; NULL until the sources are in
    begin_ns     BIGINT NOT NULL,
    end_ns       BIGINT NOT NULL,
    sources      BIGINT NOT NULL,
    size_bytes   BIGINT NOT NULL,
    at_ns        BIGINT NOT NULL,
    audit_seq    BIGINT NOT NULL REFERENCES audit (seq)
);
CREATE INDEX drive_by_begin ON drive (begin_ns);
CREATE TABLE source (
    id            BIGINT PRIMARY KEY DEFAULT spur_next_id('source'),
    drive_id      BIGINT NOT NULL REFERENCES drive (id),
    path          TEXT COLLATE "C" NOT NULL,
    format        TEXT COLLATE "C" NOT NULL,
    role          TEXT COLLATE "C" NOT NULL CHECK (role IN ('log', 'dbc')),
    sha256        TEXT COLLATE "C" NOT NULL CHECK (length(sha256) = 64),
    size_bytes    BIGINT NOT NULL,
    mtime_ns      BIGINT NOT NULL,
    begin_ns      BIGINT,     -- NULL: no time
    end_ns        BIGINT,
    signal_set_id BIGINT REFERENCES signal_set (id),
    audit_seq     BIGINT NOT NULL REFERENCES audit (seq),
    UNIQUE (drive_id, sha256)
);
CREATE UNIQUE INDEX source_log_once ON source (sha256) WHERE role = 'log';
CREATE INDEX source_by_sha256 ON source (sha256);
CREATE INDEX source_by_path ON source (path);
-- A file may move; what it is stays.
CREATE TRIGGER source_stays BEFORE UPDATE ON source FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.drive_id <> OLD.drive_id OR NEW.sha256 <> OLD.sha256 OR NEW.role <> OLD.role
     OR NEW.size_bytes <> OLD.size_bytes)
    EXECUTE FUNCTION spur_refuse('source: only its path may change');
CREATE TRIGGER source_no_delete BEFORE DELETE ON source FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('source is append-only');
CREATE TRIGGER source_no_truncate BEFORE TRUNCATE ON source FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('source is append-only');
CREATE FUNCTION source_no_replace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM source WHERE id = NEW.id OR (drive_id = NEW.drive_id AND sha256 = NEW.sha256)
       OR (NEW.role = 'log' AND role = 'log' AND sha256 = NEW.sha256)) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'source: these bytes are in the catalogue already';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER source_no_replace BEFORE INSERT ON source FOR EACH ROW EXECUTE FUNCTION source_no_replace();

-- Promoted signals only; everything else lies in the index file of the source.
CREATE TABLE source_stat (
    source_id BIGINT NOT NULL REFERENCES source (id),
    signal    TEXT COLLATE "C" NOT NULL,
    n         BIGINT NOT NULL,
    min       DOUBLE PRECISION,
    max       DOUBLE PRECISION,
    mean      DOUBLE PRECISION,
    PRIMARY KEY (source_id, signal)
);

-- t_drive = t - (offset_ns + drift_ppb * (t - ref_ns) / 1e9); the newest row of a source wins.
CREATE TABLE clock (
    id           BIGINT PRIMARY KEY DEFAULT spur_next_id('clock'),
    source_id    BIGINT NOT NULL REFERENCES source (id),
    reference_id BIGINT REFERENCES source (id),
    ref_ns       BIGINT NOT NULL,
    offset_ns    BIGINT NOT NULL,
    drift_ppb    BIGINT NOT NULL,
    sigma_ns     DOUBLE PRECISION,
    confidence   DOUBLE PRECISION NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    method       TEXT COLLATE "C" NOT NULL,
    knots        TEXT COLLATE "C" NOT NULL,
    who          TEXT COLLATE "C" NOT NULL,
    at_ns        BIGINT NOT NULL,
    audit_seq    BIGINT NOT NULL REFERENCES audit (seq)
);
CREATE INDEX clock_newest ON clock (source_id, id DESC);
CREATE TRIGGER clock_no_update BEFORE UPDATE ON clock FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('clock is append-only');
CREATE TRIGGER clock_no_delete BEFORE DELETE ON clock FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('clock is append-only');
CREATE TRIGGER clock_no_truncate BEFORE TRUNCATE ON clock FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('clock is append-only');
CREATE FUNCTION clock_no_replace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM clock WHERE id = NEW.id) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'clock is append-only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER clock_no_replace BEFORE INSERT ON clock FOR EACH ROW EXECUTE FUNCTION clock_no_replace();

CREATE TABLE segment (
    id         BIGINT PRIMARY KEY DEFAULT spur_next_id('segment'),
    uid        TEXT COLLATE "C" NOT NULL UNIQUE,
    drive_id   BIGINT NOT NULL REFERENCES drive (id),
    begin_ns   BIGINT NOT NULL,     -- drive time
    end_ns     BIGINT NOT NULL,
    label      TEXT COLLATE "C" NOT NULL CHECK (label <> ''),
    query      TEXT COLLATE "C" NOT NULL,
    score      DOUBLE PRECISION,
    evidence   TEXT COLLATE "C" NOT NULL,
    author     TEXT COLLATE "C" NOT NULL CHECK (author <> ''),
    author_key TEXT COLLATE "C" NOT NULL CHECK (author_key LIKE 'SHA256:%'),
    at_ns      BIGINT NOT NULL,
    audit_seq  BIGINT NOT NULL REFERENCES audit (seq),
    CHECK (end_ns > begin_ns)
);
CREATE INDEX segment_by_drive ON segment (drive_id, begin_ns);
CREATE INDEX segment_by_label ON segment (label, id);
CREATE TRIGGER segment_no_update BEFORE UPDATE ON segment FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('segment is append-only');
CREATE TRIGGER segment_no_delete BEFORE DELETE ON segment FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('segment is append-only');
CREATE TRIGGER segment_no_truncate BEFORE TRUNCATE ON segment FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('segment is append-only');
CREATE FUNCTION segment_no_replace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM segment WHERE id = NEW.id OR uid = NEW.uid) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'segment is append-only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER segment_no_replace BEFORE INSERT ON segment FOR EACH ROW EXECUTE FUNCTION segment_no_replace();

CREATE TABLE segment_tag (
    id         BIGINT PRIMARY KEY DEFAULT spur_next_id('segment_tag'),
    segment_id BIGINT NOT NULL REFERENCES segment (id),
    tag        TEXT COLLATE "C" NOT NULL CHECK (tag <> ''),
    is_set     BIGINT NOT NULL CHECK (is_set IN (0, 1)),
    who        TEXT COLLATE "C" NOT NULL,
    key        TEXT COLLATE "C" NOT NULL,
    at_ns      BIGINT NOT NULL,
    audit_seq  BIGINT NOT NULL REFERENCES audit (seq)
);
CREATE INDEX segment_tag_newest ON segment_tag (segment_id, tag, id DESC);
CREATE TRIGGER segment_tag_no_update BEFORE UPDATE ON segment_tag FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('segment_tag is append-only');
CREATE TRIGGER segment_tag_no_delete BEFORE DELETE ON segment_tag FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('segment_tag is append-only');
CREATE TRIGGER segment_tag_no_truncate BEFORE TRUNCATE ON segment_tag FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('segment_tag is append-only');
CREATE FUNCTION segment_tag_no_replace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM segment_tag WHERE id = NEW.id) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'segment_tag is append-only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER segment_tag_no_replace BEFORE INSERT ON segment_tag FOR EACH ROW EXECUTE FUNCTION segment_tag_no_replace();

CREATE TABLE review (
    id         BIGINT PRIMARY KEY DEFAULT spur_next_id('review'),
    segment_id BIGINT NOT NULL REFERENCES segment (id),
    verdict    TEXT COLLATE "C" NOT NULL CHECK (verdict IN ('approve', 'reject', 'comment')),
    reason     TEXT COLLATE "C" NOT NULL,
    reviewer   TEXT COLLATE "C" NOT NULL CHECK (reviewer <> ''),
    key        TEXT COLLATE "C" NOT NULL CHECK (key LIKE 'SHA256:%'),
    record     TEXT COLLATE "C" NOT NULL,     -- the bytes that are signed
    signature  TEXT COLLATE "C" NOT NULL,
    at_ns      BIGINT NOT NULL,
    audit_seq  BIGINT NOT NULL REFERENCES audit (seq)
);
CREATE INDEX review_newest ON review (segment_id, id DESC);
CREATE FUNCTION review_not_own() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NEW.verdict <> 'comment' AND EXISTS (SELECT 1 FROM segment WHERE id = NEW.segment_id
       AND (author_key = NEW.key OR author = NEW.reviewer)) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'review: the author of a segment cannot review it; ask another person';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_not_own BEFORE INSERT ON review FOR EACH ROW EXECUTE FUNCTION review_not_own();
CREATE FUNCTION review_registered() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM identity WHERE fingerprint = NEW.key AND name = NEW.reviewer) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'review: that key is not registered under that name; see spur identity';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_registered BEFORE INSERT ON review FOR EACH ROW EXECUTE FUNCTION review_registered();
CREATE TRIGGER review_signed BEFORE INSERT ON review FOR EACH ROW WHEN (NEW.verdict = 'approve' AND NEW.signature = '')
    EXECUTE FUNCTION spur_refuse('review: an approval must be signed');
CREATE TRIGGER review_no_update BEFORE UPDATE ON review FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('review is append-only');
CREATE TRIGGER review_no_delete BEFORE DELETE ON review FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('review is append-only');
CREATE TRIGGER review_no_truncate BEFORE TRUNCATE ON review FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('review is append-only');
CREATE FUNCTION review_no_replace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM review WHERE id = NEW.id) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'review is append-only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_no_replace BEFORE INSERT ON review FOR EACH ROW EXECUTE FUNCTION review_no_replace();

CREATE TABLE dataset (
    id        BIGINT PRIMARY KEY DEFAULT spur_next_id('dataset'),
    uid       TEXT COLLATE "C" NOT NULL,
    name      TEXT COLLATE "C" NOT NULL CHECK (name <> ''),
    version   BIGINT NOT NULL,
    root      TEXT COLLATE "C" NOT NULL,     -- Merkle root over the sorted item lines
    recipe    TEXT COLLATE "C" NOT NULL,
    items     BIGINT NOT NULL,
    who       TEXT COLLATE "C" NOT NULL,
    key       TEXT COLLATE "C" NOT NULL,
    at_ns     BIGINT NOT NULL,
    audit_seq BIGINT NOT NULL REFERENCES audit (seq),
    UNIQUE (name, version),
    UNIQUE (name, uid)
);
CREATE INDEX dataset_by_uid ON dataset (uid);
CREATE TRIGGER dataset_no_update BEFORE UPDATE ON dataset FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('a dataset version is immutable');
CREATE TRIGGER dataset_no_delete BEFORE DELETE ON dataset FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('a dataset version is immutable');
CREATE TRIGGER dataset_no_truncate BEFORE TRUNCATE ON dataset FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('a dataset version is immutable');
CREATE FUNCTION dataset_no_replace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM dataset WHERE id = NEW.id OR (name = NEW.name AND (version = NEW.version OR uid = NEW.uid))) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'a dataset version is immutable';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER dataset_no_replace BEFORE INSERT ON dataset FOR EACH ROW EXECUTE FUNCTION dataset_no_replace();
CREATE TABLE dataset_item (
    dataset_id  BIGINT NOT NULL REFERENCES dataset (id),
    position    BIGINT NOT NULL,
    line        TEXT COLLATE "C" NOT NULL,     -- canonical JSON, a leaf of the Merkle tree
    segment_uid TEXT COLLATE "C" NOT NULL,
    drive       TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (dataset_id, position)
);
CREATE TRIGGER dataset_item_no_update BEFORE UPDATE ON dataset_item FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('a dataset version is immutable');
CREATE TRIGGER dataset_item_no_delete BEFORE DELETE ON dataset_item FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('a dataset version is immutable');
CREATE TRIGGER dataset_item_no_truncate BEFORE TRUNCATE ON dataset_item FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('a dataset version is immutable');
CREATE FUNCTION dataset_item_in_time() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NEW.position >= (SELECT items FROM dataset WHERE id = NEW.dataset_id)
       OR EXISTS (SELECT 1 FROM dataset_item WHERE dataset_id = NEW.dataset_id AND position = NEW.position) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'a dataset version is immutable';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER dataset_item_in_time BEFORE INSERT ON dataset_item FOR EACH ROW EXECUTE FUNCTION dataset_item_in_time();

CREATE TABLE object (
    id        TEXT COLLATE "C" PRIMARY KEY CHECK (length(id) > 8),
    kind      TEXT COLLATE "C" NOT NULL,
    title     TEXT COLLATE "C" NOT NULL,
    path      TEXT COLLATE "C" NOT NULL,
    sha256    TEXT COLLATE "C" NOT NULL,
    record    TEXT COLLATE "C" NOT NULL,
    at_ns     BIGINT NOT NULL,
    audit_seq BIGINT NOT NULL REFERENCES audit (seq)
);
CREATE TRIGGER object_stays BEFORE UPDATE ON object FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.kind <> OLD.kind OR NEW.sha256 <> OLD.sha256 OR NEW.record <> OLD.record)
    EXECUTE FUNCTION spur_refuse('object: only its path and title may change');
CREATE TRIGGER object_no_delete BEFORE DELETE ON object FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('object is append-only');
CREATE TRIGGER object_no_truncate BEFORE TRUNCATE ON object FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('object is append-only');
CREATE FUNCTION object_no_replace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM object WHERE id = NEW.id) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'object: that id is there already';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER object_no_replace BEFORE INSERT ON object FOR EACH ROW EXECUTE FUNCTION object_no_replace();
CREATE TABLE lineage (
    from_id   TEXT COLLATE "C" NOT NULL REFERENCES object (id),
    to_id     TEXT COLLATE "C" NOT NULL REFERENCES object (id),
    role      TEXT COLLATE "C" NOT NULL,
    audit_seq BIGINT NOT NULL REFERENCES audit (seq),
    PRIMARY KEY (from_id, role, to_id)
);
CREATE INDEX lineage_up ON lineage (to_id, role, from_id);
CREATE TRIGGER lineage_no_update BEFORE UPDATE ON lineage FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('lineage is append-only');
CREATE TRIGGER lineage_no_delete BEFORE DELETE ON lineage FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('lineage is append-only');
CREATE TRIGGER lineage_no_truncate BEFORE TRUNCATE ON lineage FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('lineage is append-only');
CREATE FUNCTION lineage_no_replace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM lineage WHERE from_id = NEW.from_id AND role = NEW.role AND to_id = NEW.to_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'lineage is append-only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER lineage_no_replace BEFORE INSERT ON lineage FOR EACH ROW EXECUTE FUNCTION lineage_no_replace();

CREATE TABLE signature (
    id         BIGINT PRIMARY KEY DEFAULT spur_next_id('signature'),
    object_id  TEXT COLLATE "C" NOT NULL REFERENCES object (id),
    signer     TEXT COLLATE "C" NOT NULL,
    key        TEXT COLLATE "C" NOT NULL REFERENCES identity (fingerprint),
    name_space TEXT COLLATE "C" NOT NULL,
    record     TEXT COLLATE "C" NOT NULL,
    signature  TEXT COLLATE "C" NOT NULL CHECK (signature <> ''),
    at_ns      BIGINT NOT NULL,
    audit_seq  BIGINT NOT NULL REFERENCES audit (seq)
);
CREATE INDEX signature_by_object ON signature (object_id, id);
CREATE TRIGGER signature_no_update BEFORE UPDATE ON signature FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('signature is append-only');
CREATE TRIGGER signature_no_delete BEFORE DELETE ON signature FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('signature is append-only');
CREATE TRIGGER signature_no_truncate BEFORE TRUNCATE ON signature FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('signature is append-only');
CREATE FUNCTION signature_no_replace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM signature WHERE id = NEW.id) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'signature is append-only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER signature_no_replace BEFORE INSERT ON signature FOR EACH ROW EXECUTE FUNCTION signature_no_replace();

SELECT spur_guard_always();
