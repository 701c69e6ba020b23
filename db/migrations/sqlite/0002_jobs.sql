-- 0002: runs of jobs. A run's folder is the truth; these rows are what lists show, written by the
-- reconcile loop. Who, what and from what is frozen; the state follows its machine:
-- planned -> queued -> starting -> running -> (stopping) -> succeeded | failed | cancelled | lost.

CREATE TABLE run (
    id             TEXT PRIMARY KEY CHECK (length(id) = 16),
    parent         TEXT NOT NULL,         -- '' none
    kind           TEXT NOT NULL CHECK (kind <> ''),
    name           TEXT NOT NULL,
    executor       TEXT NOT NULL,
    dir            TEXT NOT NULL,
    input_snapshot TEXT NOT NULL,         -- dataset id or manifest root; '' none
    code_sha       TEXT NOT NULL,
    param_hash     TEXT NOT NULL,
    contract       INTEGER NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('planned', 'queued', 'starting', 'running', 'stopping',
                                                  'succeeded', 'failed', 'cancelled', 'lost')),
    attempt        INTEGER NOT NULL,
    failures       INTEGER NOT NULL,
    created_ns     INTEGER NOT NULL,
    started_ns     INTEGER NOT NULL,      -- 0: not yet
    ended_ns       INTEGER NOT NULL,
    changed_ns     INTEGER NOT NULL,
    heartbeat_ns   INTEGER NOT NULL,
    done           INTEGER NOT NULL,
    total          INTEGER NOT NULL,      -- 0: unknown
    unit           TEXT NOT NULL,
    exit_code      INTEGER NOT NULL,      -- -1: none yet, or unknown
    exit_signal    INTEGER NOT NULL,
    reason         TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX run_newest ON run (created_ns DESC, id);
CREATE INDEX run_open ON run (id) WHERE state NOT IN ('succeeded', 'failed', 'cancelled', 'lost');
CREATE INDEX run_by_parent ON run (parent, created_ns) WHERE parent <> '';
CREATE TRIGGER run_frozen BEFORE UPDATE ON run
WHEN NEW.id <> OLD.id OR NEW.parent <> OLD.parent OR NEW.kind <> OLD.kind OR NEW.param_hash <> OLD.param_hash
     OR NEW.input_snapshot <> OLD.input_snapshot OR NEW.code_sha <> OLD.code_sha OR NEW.contract <> OLD.contract
     OR NEW.created_ns <> OLD.created_ns
BEGIN SELECT RAISE(ABORT, 'run: what a run is made of is frozen when it is queued'); END;
-- A terminal state stays, except that a retry (a later attempt's queue) may open a run that did not succeed.
CREATE TRIGGER run_edge BEFORE UPDATE OF state ON run
WHEN NEW.state <> OLD.state AND NOT (
     (OLD.state = 'planned' AND NEW.state IN ('queued', 'cancelled'))
  OR (OLD.state = 'queued' AND NEW.state IN ('starting', 'cancelled', 'failed', 'lost'))
  OR (OLD.state = 'starting' AND NEW.state IN ('running', 'queued', 'stopping', 'failed', 'cancelled', 'lost'))
  OR (OLD.state = 'running' AND NEW.state IN ('stopping', 'succeeded', 'failed', 'cancelled', 'lost', 'queued'))
  OR (OLD.state = 'stopping' AND NEW.state IN ('queued', 'succeeded', 'failed', 'cancelled', 'lost'))
  OR (OLD.state IN ('failed', 'cancelled', 'lost') AND NEW.state = 'queued' AND NEW.ended_ns = 0))
BEGIN SELECT RAISE(ABORT, 'run: its state machine has no such edge'); END;
CREATE TRIGGER run_no_delete BEFORE DELETE ON run BEGIN SELECT RAISE(ABORT, 'run: rows stay'); END;

-- How far each event stream of a run was taken over.
CREATE TABLE run_stream (
    run    TEXT NOT NULL REFERENCES run (id),
    stream TEXT NOT NULL,
    offset_bytes INTEGER NOT NULL,
    PRIMARY KEY (run, stream)
) STRICT, WITHOUT ROWID;
-- State changes, logs, checkpoints, artifacts, results; metrics stay in the stream.
CREATE TABLE run_event (
    run    TEXT NOT NULL REFERENCES run (id),
    stream TEXT NOT NULL,
    at     INTEGER NOT NULL,              -- byte offset of the line in its stream
    ts_ns  INTEGER NOT NULL,
    type   TEXT NOT NULL,
    json   TEXT NOT NULL,
    PRIMARY KEY (run, stream, at)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER run_event_no_update BEFORE UPDATE ON run_event BEGIN SELECT RAISE(ABORT, 'run_event is append-only'); END;
CREATE TRIGGER run_event_no_delete BEFORE DELETE ON run_event BEGIN SELECT RAISE(ABORT, 'run_event is append-only'); END;
CREATE TABLE metric_last (
    run   TEXT NOT NULL REFERENCES run (id),
    key   TEXT NOT NULL,
    step  INTEGER NOT NULL,
    ts_ns INTEGER NOT NULL,
    value REAL,                           -- NULL: not a number
    PRIMARY KEY (run, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE run_artifact (
    run    TEXT NOT NULL REFERENCES run (id),
    path   TEXT NOT NULL,
    kind   TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes  INTEGER NOT NULL,
    PRIMARY KEY (run, path)
) STRICT, WITHOUT ROWID;
