-- 0001: drives, sources, signal sets, clocks, segments, reviews, datasets, lineage, audit.
--
-- Append-only tables refuse UPDATE and DELETE, and an INSERT of a key that is there: INSERT OR
-- REPLACE would delete the old row without asking the DELETE trigger. audit_seq of a row is the
-- line of the audit that made it. All times are UTC nanoseconds since 1970.

CREATE TABLE audit (
    seq       INTEGER PRIMARY KEY,
    record    TEXT NOT NULL,          -- canonical JSON: seq, at_ns, who, key, action, subject, line, detail
    prev_hash TEXT NOT NULL,
    hash      TEXT NOT NULL,          -- sha256(prev_hash, record), hex
    subject   TEXT NOT NULL           -- of the record, to search by
) STRICT;
CREATE INDEX audit_by_subject ON audit (subject, seq);
-- Where the chain ends: a cut tail shows.
CREATE TABLE audit_head (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    seq  INTEGER NOT NULL,
    hash TEXT NOT NULL
) STRICT;
INSERT INTO audit_head VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_in_order BEFORE INSERT ON audit
WHEN NEW.seq <> (SELECT seq + 1 FROM audit_head) OR NEW.prev_hash <> (SELECT hash FROM audit_head)
BEGIN SELECT RAISE(ABORT, 'audit: not the next line of the chain'); END;
CREATE TRIGGER audit_moves_head AFTER INSERT ON audit
BEGIN UPDATE audit_head SET seq = NEW.seq, hash = NEW.hash WHERE id = 1; END;
CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head
WHEN NEW.seq <> OLD.seq + 1 OR NOT EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq AND hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'audit_head follows the audit'); END;
CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head BEGIN SELECT RAISE(ABORT, 'audit_head stays'); END;
CREATE TRIGGER audit_head_no_insert BEFORE INSERT ON audit_head BEGIN SELECT RAISE(ABORT, 'audit_head stays'); END;

CREATE TABLE identity (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE CHECK (name <> ''),
    public_key  TEXT NOT NULL UNIQUE CHECK (public_key <> ''),
    fingerprint TEXT NOT NULL UNIQUE CHECK (fingerprint LIKE 'SHA256:%'),
    at_ns       INTEGER NOT NULL,
    audit_seq   INTEGER NOT NULL REFERENCES audit (seq)
) STRICT;
CREATE TRIGGER identity_no_update BEFORE UPDATE ON identity BEGIN SELECT RAISE(ABORT, 'identity is append-only'); END;
CREATE TRIGGER identity_no_delete BEFORE DELETE ON identity BEGIN SELECT RAISE(ABORT, 'identity is append-only'); END;
CREATE TRIGGER identity_no_replace BEFORE INSERT ON identity
WHEN EXISTS (SELECT 1 FROM identity WHERE id = NEW.id OR name = NEW.name OR public_key = NEW.public_key
             OR fingerprint = NEW.fingerprint)
BEGIN SELECT RAISE(ABORT, 'identity: that name or key is registered already'); END;

-- Content-addressed: drives of one fleet share them.
CREATE TABLE signal_set (
    id     INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE,
    count  INTEGER NOT NULL
) STRICT;
CREATE TABLE signal (
    set_id   INTEGER NOT NULL REFERENCES signal_set (id),
    position INTEGER NOT NULL,
    name     TEXT NOT NULL,
    unit     TEXT NOT NULL,
    type     TEXT NOT NULL,
    stream   TEXT NOT NULL,
    PRIMARY KEY (set_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX signal_by_name ON signal (name, set_id);

CREATE TABLE drive (
    id           INTEGER PRIMARY KEY,
    uid          TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL UNIQUE CHECK (name <> ''),
    reference_id INTEGER,             -- source; NULL until the sources are in
    begin_ns     INTEGER NOT NULL,
    end_ns       INTEGER NOT NULL,
    sources      INTEGER NOT NULL,
    size_bytes   INTEGER NOT NULL,
    at_ns        INTEGER NOT NULL,
    audit_seq    INTEGER NOT NULL REFERENCES audit (seq)
) STRICT;
CREATE INDEX drive_by_begin ON drive (begin_ns);
CREATE TABLE source (
    id            INTEGER PRIMARY KEY,
    drive_id      INTEGER NOT NULL REFERENCES drive (id),
    path          TEXT NOT NULL,
    format        TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('log', 'dbc')),
    sha256        TEXT NOT NULL CHECK (length(sha256) = 64),
    size_bytes    INTEGER NOT NULL,
    mtime_ns      INTEGER NOT NULL,
    begin_ns      INTEGER,            -- NULL: no time
    end_ns        INTEGER,
    signal_set_id INTEGER REFERENCES signal_set (id),
    audit_seq     INTEGER NOT NULL REFERENCES audit (seq),
    UNIQUE (drive_id, sha256)
) STRICT;
CREATE UNIQUE INDEX source_log_once ON source (sha256) WHERE role = 'log';
CREATE INDEX source_by_sha256 ON source (sha256);
CREATE INDEX source_by_path ON source (path);
-- A file may move; what it is stays.
CREATE TRIGGER source_stays BEFORE UPDATE ON source
WHEN NEW.id <> OLD.id OR NEW.drive_id <> OLD.drive_id OR NEW.sha256 <> OLD.sha256 OR NEW.role <> OLD.role
     OR NEW.size_bytes <> OLD.size_bytes
BEGIN SELECT RAISE(ABORT, 'source: only its path may change'); END;
CREATE TRIGGER source_no_delete BEFORE DELETE ON source BEGIN SELECT RAISE(ABORT, 'source is append-only'); END;
CREATE TRIGGER source_no_replace BEFORE INSERT ON source
WHEN EXISTS (SELECT 1 FROM source WHERE id = NEW.id OR (drive_id = NEW.drive_id AND sha256 = NEW.sha256)
             OR (NEW.role = 'log' AND role = 'log' AND sha256 = NEW.sha256))
BEGIN SELECT RAISE(ABORT, 'source: these bytes are in the catalogue already'); END;

-- Promoted signals only; everything else lies in the index file of the source.
CREATE TABLE source_stat (
    source_id INTEGER NOT NULL REFERENCES source (id),
    signal    TEXT NOT NULL,
    n         INTEGER NOT NULL,
    min       REAL,
    max       REAL,
    mean      REAL,
    PRIMARY KEY (source_id, signal)
) STRICT, WITHOUT ROWID;

-- t_drive = t - (offset_ns + drift_ppb * (t - ref_ns) / 1e9); the newest row of a source wins.
CREATE TABLE clock (
    id           INTEGER PRIMARY KEY,
    source_id    INTEGER NOT NULL REFERENCES source (id),
    reference_id INTEGER REFERENCES source (id),
    ref_ns       INTEGER NOT NULL,
    offset_ns    INTEGER NOT NULL,
    drift_ppb    INTEGER NOT NULL,
    sigma_ns     REAL,
    confidence   REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    method       TEXT NOT NULL,
    knots        TEXT NOT NULL,
    who          TEXT NOT NULL,
    at_ns        INTEGER NOT NULL,
    audit_seq    INTEGER NOT NULL REFERENCES audit (seq)
) STRICT;
CREATE INDEX clock_newest ON clock (source_id, id DESC);
CREATE TRIGGER clock_no_update BEFORE UPDATE ON clock BEGIN SELECT RAISE(ABORT, 'clock is append-only'); END;
CREATE TRIGGER clock_no_delete BEFORE DELETE ON clock BEGIN SELECT RAISE(ABORT, 'clock is append-only'); END;
CREATE TRIGGER clock_no_replace BEFORE INSERT ON clock WHEN EXISTS (SELECT 1 FROM clock WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'clock is append-only'); END;

CREATE TABLE segment (
    id         INTEGER PRIMARY KEY,
    uid        TEXT NOT NULL UNIQUE,
    drive_id   INTEGER NOT NULL REFERENCES drive (id),
    begin_ns   INTEGER NOT NULL,      -- drive time
    end_ns     INTEGER NOT NULL,
    label      TEXT NOT NULL CHECK (label <> ''),
    query      TEXT NOT NULL,
    score      REAL,
    evidence   TEXT NOT NULL,
    author     TEXT NOT NULL CHECK (author <> ''),
    author_key TEXT NOT NULL CHECK (author_key LIKE 'SHA256:%'),
    at_ns      INTEGER NOT NULL,
    audit_seq  INTEGER NOT NULL REFERENCES audit (seq),
    CHECK (end_ns > begin_ns)
) STRICT;
CREATE INDEX segment_by_drive ON segment (drive_id, begin_ns);
CREATE INDEX segment_by_label ON segment (label, id);
CREATE TRIGGER segment_no_update BEFORE UPDATE ON segment BEGIN SELECT RAISE(ABORT, 'segment is append-only'); END;
CREATE TRIGGER segment_no_delete BEFORE DELETE ON segment BEGIN SELECT RAISE(ABORT, 'segment is append-only'); END;
CREATE TRIGGER segment_no_replace BEFORE INSERT ON segment
WHEN EXISTS (SELECT 1 FROM segment WHERE id = NEW.id OR uid = NEW.uid)
BEGIN SELECT RAISE(ABORT, 'segment is append-only'); END;

CREATE TABLE segment_tag (
    id         INTEGER PRIMARY KEY,
    segment_id INTEGER NOT NULL REFERENCES segment (id),
    tag        TEXT NOT NULL CHECK (tag <> ''),
    is_set     INTEGER NOT NULL CHECK (is_set IN (0, 1)),
    who        TEXT NOT NULL,
    key        TEXT NOT NULL,
    at_ns      INTEGER NOT NULL,
    audit_seq  INTEGER NOT NULL REFERENCES audit (seq)
) STRICT;
CREATE INDEX segment_tag_newest ON segment_tag (segment_id, tag, id DESC);
CREATE TRIGGER segment_tag_no_update BEFORE UPDATE ON segment_tag BEGIN SELECT RAISE(ABORT, 'segment_tag is append-only'); END;
CREATE TRIGGER segment_tag_no_delete BEFORE DELETE ON segment_tag BEGIN SELECT RAISE(ABORT, 'segment_tag is append-only'); END;
CREATE TRIGGER segment_tag_no_replace BEFORE INSERT ON segment_tag WHEN EXISTS (SELECT 1 FROM segment_tag WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'segment_tag is append-only'); END;

CREATE TABLE review (
    id         INTEGER PRIMARY KEY,
    segment_id INTEGER NOT NULL REFERENCES segment (id),
    verdict    TEXT NOT NULL CHECK (verdict IN ('approve', 'reject', 'comment')),
    reason     TEXT NOT NULL,
    reviewer   TEXT NOT NULL CHECK (reviewer <> ''),
    key        TEXT NOT NULL CHECK (key LIKE 'SHA256:%'),
    record     TEXT NOT NULL,         -- the bytes that are signed
    signature  TEXT NOT NULL,
    at_ns      INTEGER NOT NULL,
    audit_seq  INTEGER NOT NULL REFERENCES audit (seq)
) STRICT;
CREATE INDEX review_newest ON review (segment_id, id DESC);
CREATE TRIGGER review_not_own BEFORE INSERT ON review
WHEN NEW.verdict <> 'comment' AND EXISTS (SELECT 1 FROM segment WHERE id = NEW.segment_id
     AND (author_key = NEW.key OR author = NEW.reviewer))
BEGIN SELECT RAISE(ABORT, 'review: the author of a segment cannot review it; ask another person'); END;
CREATE TRIGGER review_registered BEFORE INSERT ON review
WHEN NOT EXISTS (SELECT 1 FROM identity WHERE fingerprint = NEW.key AND name = NEW.reviewer)
BEGIN SELECT RAISE(ABORT, 'review: that key is not registered under that name; see spur identity'); END;
CREATE TRIGGER review_signed BEFORE INSERT ON review WHEN NEW.verdict = 'approve' AND NEW.signature = ''
BEGIN SELECT RAISE(ABORT, 'review: an approval must be signed'); END;
CREATE TRIGGER review_no_update BEFORE UPDATE ON review BEGIN SELECT RAISE(ABORT, 'review is append-only'); END;
CREATE TRIGGER review_no_delete BEFORE DELETE ON review BEGIN SELECT RAISE(ABORT, 'review is append-only'); END;
CREATE TRIGGER review_no_replace BEFORE INSERT ON review WHEN EXISTS (SELECT 1 FROM review WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'review is append-only'); END;

CREATE TABLE dataset (
    id        INTEGER PRIMARY KEY,
    uid       TEXT NOT NULL,
    name      TEXT NOT NULL CHECK (name <> ''),
    version   INTEGER NOT NULL,
    root      TEXT NOT NULL,          -- Merkle root over the sorted item lines
    recipe    TEXT NOT NULL,
    items     INTEGER NOT NULL,
    who       TEXT NOT NULL,
    key       TEXT NOT NULL,
    at_ns     INTEGER NOT NULL,
    audit_seq INTEGER NOT NULL REFERENCES audit (seq),
    UNIQUE (name, version),
    UNIQUE (name, uid)
) STRICT;
CREATE INDEX dataset_by_uid ON dataset (uid);
CREATE TRIGGER dataset_no_update BEFORE UPDATE ON dataset BEGIN SELECT RAISE(ABORT, 'a dataset version is immutable'); END;
CREATE TRIGGER dataset_no_delete BEFORE DELETE ON dataset BEGIN SELECT RAISE(ABORT, 'a dataset version is immutable'); END;
CREATE TRIGGER dataset_no_replace BEFORE INSERT ON dataset
WHEN EXISTS (SELECT 1 FROM dataset WHERE id = NEW.id OR (name = NEW.name AND (version = NEW.version OR uid = NEW.uid)))
BEGIN SELECT RAISE(ABORT, 'a dataset version is immutable'); END;
CREATE TABLE dataset_item (
    dataset_id  INTEGER NOT NULL REFERENCES dataset (id),
    position    INTEGER NOT NULL,
    line        TEXT NOT NULL,        -- canonical JSON, a leaf of the Merkle tree
    segment_uid TEXT NOT NULL,
    drive       TEXT NOT NULL,
    PRIMARY KEY (dataset_id, position)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER dataset_item_no_update BEFORE UPDATE ON dataset_item BEGIN SELECT RAISE(ABORT, 'a dataset version is immutable'); END;
CREATE TRIGGER dataset_item_no_delete BEFORE DELETE ON dataset_item BEGIN SELECT RAISE(ABORT, 'a dataset version is immutable'); END;
CREATE TRIGGER dataset_item_in_time BEFORE INSERT ON dataset_item
WHEN NEW.position >= (SELECT items FROM dataset WHERE id = NEW.dataset_id)
     OR EXISTS (SELECT 1 FROM dataset_item WHERE dataset_id = NEW.dataset_id AND position = NEW.position)
BEGIN SELECT RAISE(ABORT, 'a dataset version is immutable'); END;

CREATE TABLE object (
    id        TEXT PRIMARY KEY CHECK (length(id) > 8),
    kind      TEXT NOT NULL,
    title     TEXT NOT NULL,
    path      TEXT NOT NULL,
    sha256    TEXT NOT NULL,
    record    TEXT NOT NULL,
    at_ns     INTEGER NOT NULL,
    audit_seq INTEGER NOT NULL REFERENCES audit (seq)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER object_stays BEFORE UPDATE ON object
WHEN NEW.id <> OLD.id OR NEW.kind <> OLD.kind OR NEW.sha256 <> OLD.sha256 OR NEW.record <> OLD.record
BEGIN SELECT RAISE(ABORT, 'object: only its path and title may change'); END;
CREATE TRIGGER object_no_delete BEFORE DELETE ON object BEGIN SELECT RAISE(ABORT, 'object is append-only'); END;
CREATE TRIGGER object_no_replace BEFORE INSERT ON object WHEN EXISTS (SELECT 1 FROM object WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'object: that id is there already'); END;
CREATE TABLE lineage (
    from_id   TEXT NOT NULL REFERENCES object (id),
    to_id     TEXT NOT NULL REFERENCES object (id),
    role      TEXT NOT NULL,
    audit_seq INTEGER NOT NULL REFERENCES audit (seq),
    PRIMARY KEY (from_id, role, to_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX lineage_up ON lineage (to_id, role, from_id);
CREATE TRIGGER lineage_no_update BEFORE UPDATE ON lineage BEGIN SELECT RAISE(ABORT, 'lineage is append-only'); END;
CREATE TRIGGER lineage_no_delete BEFORE DELETE ON lineage BEGIN SELECT RAISE(ABORT, 'lineage is append-only'); END;
CREATE TRIGGER lineage_no_replace BEFORE INSERT ON lineage
WHEN EXISTS (SELECT 1 FROM lineage WHERE from_id = NEW.from_id AND role = NEW.role AND to_id = NEW.to_id)
BEGIN SELECT RAISE(ABORT, 'lineage is append-only'); END;

CREATE TABLE signature (
    id         INTEGER PRIMARY KEY,
    object_id  TEXT NOT NULL REFERENCES object (id),
    signer     TEXT NOT NULL,
    key        TEXT NOT NULL REFERENCES identity (fingerprint),
    name_space TEXT NOT NULL,
    record     TEXT NOT NULL,
    signature  TEXT NOT NULL CHECK (signature <> ''),
    at_ns      INTEGER NOT NULL,
    audit_seq  INTEGER NOT NULL REFERENCES audit (seq)
) STRICT;
CREATE INDEX signature_by_object ON signature (object_id, id);
CREATE TRIGGER signature_no_update BEFORE UPDATE ON signature BEGIN SELECT RAISE(ABORT, 'signature is append-only'); END;
CREATE TRIGGER signature_no_delete BEFORE DELETE ON signature BEGIN SELECT RAISE(ABORT, 'signature is append-only'); END;
CREATE TRIGGER signature_no_replace BEFORE INSERT ON signature WHEN EXISTS (SELECT 1 FROM signature WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'signature is append-only'); END;
