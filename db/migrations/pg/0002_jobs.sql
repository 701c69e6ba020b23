-- 0002: runs of jobs. A run's folder is the truth; these rows are what lists show, written by the
-- reconcile loop. Who, what and from what is frozen; the state follows its machine:
-- planned -> queued -> starting -> running -> (stopping) -> succeeded | failed | cancelled | lost.

CREATE TABLE run (
    id             TEXT COLLATE "C" PRIMARY KEY CHECK (length(id) = 16),
    parent         TEXT COLLATE "C" NOT NULL,     -- '' none
    kind           TEXT COLLATE "C" NOT NULL CHECK (kind <> ''),
    name           TEXT COLLATE "C" NOT NULL,
    executor       TEXT COLLATE "C" NOT NULL,
    dir            TEXT COLLATE "C" NOT NULL,
    input_snapshot TEXT COLLATE "C" NOT NULL,     -- dataset id or manifest root; '' none
    code_sha       TEXT COLLATE "C" NOT NULL,
    param_hash     TEXT COLLATE "C" NOT NULL,
    contract       BIGINT NOT NULL,
    state          TEXT COLLATE "C" NOT NULL CHECK (state IN ('planned', 'queued', 'starting', 'running', 'stopping',
                                                  'succeeded', 'failed', 'cancelled', 'lost')),
    attempt        BIGINT NOT NULL,
    failures       BIGINT NOT NULL,
    created_ns     BIGINT NOT NULL,
    started_ns     BIGINT NOT NULL,     -- 0: not yet
    ended_ns       BIGINT NOT NULL,
    changed_ns     BIGINT NOT NULL,
    heartbeat_ns   BIGINT NOT NULL,
    done           BIGINT NOT NULL,
    total          BIGINT NOT NULL,     -- 0: unknown
    unit           TEXT COLLATE "C" NOT NULL,
    exit_code      BIGINT NOT NULL,     -- -1: none yet, or unknown
    exit_signal    BIGINT NOT NULL,
    reason         TEXT COLLATE "C" NOT NULL
);
CREATE INDEX run_newest ON run (created_ns DESC, id);
CREATE INDEX run_open ON run (id) WHERE state NOT IN ('succeeded', 'failed', 'cancelled', 'lost');
CREATE INDEX run_by_parent ON run (parent, created_ns) WHERE parent <> '';
CREATE TRIGGER run_frozen BEFORE UPDATE ON run FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.parent <> OLD.parent OR NEW.kind <> OLD.kind OR NEW.param_hash <> OLD.param_hash
     OR NEW.input_snapshot <> OLD.input_snapshot OR NEW.code_sha <> OLD.code_sha OR NEW.contract <> OLD.contract
     OR NEW.created_ns <> OLD.created_ns)
    EXECUTE FUNCTION spur_refuse('run: what a run is made of is frozen when it is queued');
-- A terminal state stays, except that a retry (a later attempt's queue) may open a run that did not succeed.
CREATE TRIGGER run_edge BEFORE UPDATE OF state ON run FOR EACH ROW WHEN (NEW.state <> OLD.state AND NOT (
     (OLD.state = 'planned' AND NEW.state IN ('queued', 'cancelled'))
  OR (OLD.state = 'queued' AND NEW.state IN ('starting', 'cancelled', 'failed', 'lost'))
  OR (OLD.state = 'starting' AND NEW.state IN ('running', 'queued', 'stopping', 'failed', 'cancelled', 'lost'))
  OR (OLD.state = 'running' AND NEW.state IN ('stopping', 'succeeded', 'failed', 'cancelled', 'lost', 'queued'))
  OR (OLD.state = 'stopping' AND NEW.state IN ('queued', 'succeeded', 'failed', 'cancelled', 'lost'))
  OR (OLD.state IN ('failed', 'cancelled', 'lost') AND NEW.state = 'queued' AND NEW.ended_ns = 0)))
    EXECUTE FUNCTION spur_refuse('run: its state machine has no such edge');
CREATE TRIGGER run_no_delete BEFORE DELETE ON run FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('run: rows stay');
CREATE TRIGGER run_no_truncate BEFORE TRUNCATE ON run FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('run: rows stay');

-- How far each event stream of a run was taken over.
CREATE TABLE run_stream (
    run    TEXT COLLATE "C" NOT NULL REFERENCES run (id),
    stream TEXT COLLATE "C" NOT NULL,
    offset_bytes BIGINT NOT NULL,
    PRIMARY KEY (run, stream)
);
-- State changes, logs, checkpoints, artifacts, results; metrics stay in the stream.
CREATE TABLE run_event (
    run    TEXT COLLATE "C" NOT NULL REFERENCES run (id),
    stream TEXT COLLATE "C" NOT NULL,
    at     BIGINT NOT NULL,     -- byte offset of the line in its stream
    ts_ns  BIGINT NOT NULL,
    type   TEXT COLLATE "C" NOT NULL,
    json   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (run, stream, at)
);
CREATE TRIGGER run_event_no_update BEFORE UPDATE ON run_event FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('run_event is append-only');
CREATE TRIGGER run_event_no_delete BEFORE DELETE ON run_event FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('run_event is append-only');
CREATE TRIGGER run_event_no_truncate BEFORE TRUNCATE ON run_event FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('run_event is append-only');
CREATE TABLE metric_last (
    run   TEXT COLLATE "C" NOT NULL REFERENCES run (id),
    key   TEXT COLLATE "C" NOT NULL,
    step  BIGINT NOT NULL,
    ts_ns BIGINT NOT NULL,
    value DOUBLE PRECISION,     -- NULL: not a number
    PRIMARY KEY (run, key)
);
CREATE TABLE run_artifact (
    run    TEXT COLLATE "C" NOT NULL REFERENCES run (id),
    path   TEXT COLLATE "C" NOT NULL,
    kind   TEXT COLLATE "C" NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    bytes  BIGINT NOT NULL,
    PRIMARY KEY (run, path)
);

SELECT spur_guard_always();
