-- 0006: profiles: which bus databases decode the frames of which drives.
-- Pair: sqlite/0006_profile.sql.

-- The content itself, so that a log decodes tomorrow as it does today, wherever its file went.
CREATE TABLE bus_database (
    sha256     TEXT COLLATE "C" PRIMARY KEY CHECK (length(sha256) = 64),
    name       TEXT COLLATE "C" NOT NULL CHECK (name <> ''),  -- of the file it came from
    size_bytes BIGINT NOT NULL,
    content    TEXT COLLATE "C" NOT NULL,         -- base64: bytes of any encoding
    at_ns      BIGINT NOT NULL,
    audit_seq  BIGINT NOT NULL REFERENCES audit (seq) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX bus_database_by_audit ON bus_database (audit_seq);
CREATE TRIGGER bus_database_no_update BEFORE UPDATE ON bus_database FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('bus_database is append-only');
CREATE TRIGGER bus_database_no_delete BEFORE DELETE ON bus_database FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('bus_database is append-only');
CREATE TRIGGER bus_database_no_truncate BEFORE TRUNCATE ON bus_database FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('bus_database is append-only');
CREATE FUNCTION bus_database_no_replace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM bus_database WHERE sha256 = NEW.sha256) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'bus_database is append-only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bus_database_no_replace BEFORE INSERT ON bus_database FOR EACH ROW EXECUTE FUNCTION bus_database_no_replace();

-- The newest version of a name is in force, unless it says that the profile is removed.
CREATE TABLE profile (
    id               BIGINT PRIMARY KEY DEFAULT spur_next_id('profile'),
    name             TEXT COLLATE "C" NOT NULL CHECK (name <> ''),
    version          BIGINT NOT NULL,
    removed          BIGINT NOT NULL CHECK (removed IN (0, 1)),
    keep_unavailable BIGINT NOT NULL CHECK (keep_unavailable IN (0, 1)),
    databases        BIGINT NOT NULL,  -- rows of profile_database
    scopes           BIGINT NOT NULL,  -- rows of profile_scope
    who              TEXT COLLATE "C" NOT NULL CHECK (who <> ''),
    at_ns            BIGINT NOT NULL,
    audit_seq        BIGINT NOT NULL REFERENCES audit (seq) DEFERRABLE INITIALLY DEFERRED,
    UNIQUE (name, version)
);
CREATE INDEX profile_by_audit ON profile (audit_seq);
CREATE TRIGGER profile_no_update BEFORE UPDATE ON profile FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('a profile version is immutable');
CREATE TRIGGER profile_no_delete BEFORE DELETE ON profile FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('a profile version is immutable');
CREATE TRIGGER profile_no_truncate BEFORE TRUNCATE ON profile FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('a profile version is immutable');
CREATE FUNCTION profile_no_replace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM profile WHERE id = NEW.id OR (name = NEW.name AND version = NEW.version)) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'a profile version is immutable';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER profile_no_replace BEFORE INSERT ON profile FOR EACH ROW EXECUTE FUNCTION profile_no_replace();
CREATE TABLE profile_database (
    profile_id BIGINT NOT NULL REFERENCES profile (id),
    position   BIGINT NOT NULL CHECK (position >= 0),  -- the first that knows a frame decodes it
    channel    BIGINT NOT NULL CHECK (channel >= -1),  -- of the bus; -1: any
    sha256     TEXT COLLATE "C" NOT NULL REFERENCES bus_database (sha256),
    name       TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (profile_id, position)
);
CREATE TRIGGER profile_database_no_update BEFORE UPDATE ON profile_database FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('a profile version is immutable');
CREATE TRIGGER profile_database_no_delete BEFORE DELETE ON profile_database FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('a profile version is immutable');
CREATE TRIGGER profile_database_no_truncate BEFORE TRUNCATE ON profile_database FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('a profile version is immutable');
CREATE FUNCTION profile_database_in_time() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NEW.position >= (SELECT databases FROM profile WHERE id = NEW.profile_id)
       OR EXISTS (SELECT 1 FROM profile_database WHERE profile_id = NEW.profile_id AND position = NEW.position) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'a profile version is immutable';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER profile_database_in_time BEFORE INSERT ON profile_database FOR EACH ROW EXECUTE FUNCTION profile_database_in_time();
-- It applies to the drives that any of these fits.
CREATE TABLE profile_scope (
    profile_id BIGINT NOT NULL REFERENCES profile (id),
    position   BIGINT NOT NULL CHECK (position >= 0),
    kind       TEXT COLLATE "C" NOT NULL CHECK (kind IN ('drive', 'vehicle', 'project')),
    pattern    TEXT COLLATE "C" NOT NULL CHECK (pattern <> ''),     -- with * ? [
    PRIMARY KEY (profile_id, position)
);
CREATE TRIGGER profile_scope_no_update BEFORE UPDATE ON profile_scope FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('a profile version is immutable');
CREATE TRIGGER profile_scope_no_delete BEFORE DELETE ON profile_scope FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('a profile version is immutable');
CREATE TRIGGER profile_scope_no_truncate BEFORE TRUNCATE ON profile_scope FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('a profile version is immutable');
CREATE FUNCTION profile_scope_in_time() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NEW.position >= (SELECT scopes FROM profile WHERE id = NEW.profile_id)
       OR EXISTS (SELECT 1 FROM profile_scope WHERE profile_id = NEW.profile_id AND position = NEW.position) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'a profile version is immutable';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER profile_scope_in_time BEFORE INSERT ON profile_scope FOR EACH ROW EXECUTE FUNCTION profile_scope_in_time();

-- What recorded a drive, and what for. The newest row of a key wins; '' takes it back.
CREATE TABLE drive_fact (
    id        BIGINT PRIMARY KEY DEFAULT spur_next_id('drive_fact'),
    drive_id  BIGINT NOT NULL REFERENCES drive (id),
    key       TEXT COLLATE "C" NOT NULL CHECK (key IN ('vehicle', 'project')),
    value     TEXT COLLATE "C" NOT NULL,
    who       TEXT COLLATE "C" NOT NULL CHECK (who <> ''),
    at_ns     BIGINT NOT NULL,
    audit_seq BIGINT NOT NULL REFERENCES audit (seq) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX drive_fact_newest ON drive_fact (drive_id, key, id DESC);
CREATE INDEX drive_fact_by_audit ON drive_fact (audit_seq);
CREATE TRIGGER drive_fact_no_update BEFORE UPDATE ON drive_fact FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('drive_fact is append-only');
CREATE TRIGGER drive_fact_no_delete BEFORE DELETE ON drive_fact FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('drive_fact is append-only');
CREATE TRIGGER drive_fact_no_truncate BEFORE TRUNCATE ON drive_fact FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('drive_fact is append-only');
CREATE FUNCTION drive_fact_no_replace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM drive_fact WHERE id = NEW.id) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'drive_fact is append-only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER drive_fact_no_replace BEFORE INSERT ON drive_fact FOR EACH ROW EXECUTE FUNCTION drive_fact_no_replace();

SELECT spur_guard_always();
