-- 0006: profiles: which bus databases decode the frames of which drives.

-- The content itself, so that a log decodes tomorrow as it does today, wherever its file went.
CREATE TABLE bus_database (
    sha256     TEXT PRIMARY KEY CHECK (length(sha256) = 64),
    name       TEXT NOT NULL CHECK (name <> ''),  -- of the file it came from
    size_bytes INTEGER NOT NULL,
    content    TEXT NOT NULL,         -- base64: bytes of any encoding
    at_ns      INTEGER NOT NULL,
    audit_seq  INTEGER NOT NULL REFERENCES audit (seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX bus_database_by_audit ON bus_database (audit_seq);
CREATE TRIGGER bus_database_no_update BEFORE UPDATE ON bus_database BEGIN SELECT RAISE(ABORT, 'bus_database is append-only'); END;
CREATE TRIGGER bus_database_no_delete BEFORE DELETE ON bus_database BEGIN SELECT RAISE(ABORT, 'bus_database is append-only'); END;
CREATE TRIGGER bus_database_no_replace BEFORE INSERT ON bus_database
WHEN EXISTS (SELECT 1 FROM bus_database WHERE sha256 = NEW.sha256)
BEGIN SELECT RAISE(ABORT, 'bus_database is append-only'); END;

-- The newest version of a name is in force, unless it says that the profile is removed.
CREATE TABLE profile (
    id               INTEGER PRIMARY KEY,
    name             TEXT NOT NULL CHECK (name <> ''),
    version          INTEGER NOT NULL,
    removed          INTEGER NOT NULL CHECK (removed IN (0, 1)),
    keep_unavailable INTEGER NOT NULL CHECK (keep_unavailable IN (0, 1)),
    databases        INTEGER NOT NULL,  -- rows of profile_database
    scopes           INTEGER NOT NULL,  -- rows of profile_scope
    who              TEXT NOT NULL CHECK (who <> ''),
    at_ns            INTEGER NOT NULL,
    audit_seq        INTEGER NOT NULL REFERENCES audit (seq),
    UNIQUE (name, version)
) STRICT;
CREATE INDEX profile_by_audit ON profile (audit_seq);
CREATE TRIGGER profile_no_update BEFORE UPDATE ON profile BEGIN SELECT RAISE(ABORT, 'a profile version is immutable'); END;
CREATE TRIGGER profile_no_delete BEFORE DELETE ON profile BEGIN SELECT RAISE(ABORT, 'a profile version is immutable'); END;
CREATE TRIGGER profile_no_replace BEFORE INSERT ON profile
WHEN EXISTS (SELECT 1 FROM profile WHERE id = NEW.id OR (name = NEW.name AND version = NEW.version))
BEGIN SELECT RAISE(ABORT, 'a profile version is immutable'); END;
CREATE TABLE profile_database (
    profile_id INTEGER NOT NULL REFERENCES profile (id),
    position   INTEGER NOT NULL CHECK (position >= 0),  -- the first that knows a frame decodes it
    channel    INTEGER NOT NULL CHECK (channel >= -1),  -- of the bus; -1: any
    sha256     TEXT NOT NULL REFERENCES bus_database (sha256),
    name       TEXT NOT NULL,
    PRIMARY KEY (profile_id, position)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER profile_database_no_update BEFORE UPDATE ON profile_database BEGIN SELECT RAISE(ABORT, 'a profile version is immutable'); END;
CREATE TRIGGER profile_database_no_delete BEFORE DELETE ON profile_database BEGIN SELECT RAISE(ABORT, 'a profile version is immutable'); END;
CREATE TRIGGER profile_database_in_time BEFORE INSERT ON profile_database
WHEN NEW.position >= (SELECT databases FROM profile WHERE id = NEW.profile_id)
     OR EXISTS (SELECT 1 FROM profile_database WHERE profile_id = NEW.profile_id AND position = NEW.position)
BEGIN SELECT RAISE(ABORT, 'a profile version is immutable'); END;
-- It applies to the drives that any of these fits.
CREATE TABLE profile_scope (
    profile_id INTEGER NOT NULL REFERENCES profile (id),
    position   INTEGER NOT NULL CHECK (position >= 0),
    kind       TEXT NOT NULL CHECK (kind IN ('drive', 'vehicle', 'project')),
    pattern    TEXT NOT NULL CHECK (pattern <> ''),     -- with * ? [
    PRIMARY KEY (profile_id, position)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER profile_scope_no_update BEFORE UPDATE ON profile_scope BEGIN SELECT RAISE(ABORT, 'a profile version is immutable'); END;
CREATE TRIGGER profile_scope_no_delete BEFORE DELETE ON profile_scope BEGIN SELECT RAISE(ABORT, 'a profile version is immutable'); END;
CREATE TRIGGER profile_scope_in_time BEFORE INSERT ON profile_scope
WHEN NEW.position >= (SELECT scopes FROM profile WHERE id = NEW.profile_id)
     OR EXISTS (SELECT 1 FROM profile_scope WHERE profile_id = NEW.profile_id AND position = NEW.position)
BEGIN SELECT RAISE(ABORT, 'a profile version is immutable'); END;

-- What recorded a drive, and what for. The newest row of a key wins; '' takes it back.
CREATE TABLE drive_fact (
    id        INTEGER PRIMARY KEY,
    drive_id  INTEGER NOT NULL REFERENCES drive (id),
    key       TEXT NOT NULL CHECK (key IN ('vehicle', 'project')),
    value     TEXT NOT NULL,
    who       TEXT NOT NULL CHECK (who <> ''),
    at_ns     INTEGER NOT NULL,
    audit_seq INTEGER NOT NULL REFERENCES audit (seq)
) STRICT;
CREATE INDEX drive_fact_newest ON drive_fact (drive_id, key, id DESC);
CREATE INDEX drive_fact_by_audit ON drive_fact (audit_seq);
CREATE TRIGGER drive_fact_no_update BEFORE UPDATE ON drive_fact BEGIN SELECT RAISE(ABORT, 'drive_fact is append-only'); END;
CREATE TRIGGER drive_fact_no_delete BEFORE DELETE ON drive_fact BEGIN SELECT RAISE(ABORT, 'drive_fact is append-only'); END;
CREATE TRIGGER drive_fact_no_replace BEFORE INSERT ON drive_fact WHEN EXISTS (SELECT 1 FROM drive_fact WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'drive_fact is append-only'); END;
