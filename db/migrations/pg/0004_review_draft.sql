-- 0004: drafts of reviews, and segments that replace others.

-- What a reviewer has decided and not signed: scratch of one identity, so it may change and no line
-- of the audit tells of it; signing turns it into rows of review and segment_edit. id is the order of
-- decisions. What was undone stays until the next decision; undone counts up, so that redo knows
-- which was last.
CREATE TABLE review_draft (
    id         BIGINT PRIMARY KEY DEFAULT spur_next_id('review_draft'),
    segment_id BIGINT NOT NULL REFERENCES segment (id),
    verdict    TEXT COLLATE "C" NOT NULL CHECK (verdict IN ('approve', 'reject', 'comment', 'edge')),
    reason     TEXT COLLATE "C" NOT NULL,
    begin_ns   BIGINT NOT NULL,     -- of an edge, what the segment shall span; else what it spans
    end_ns     BIGINT NOT NULL,
    undone     BIGINT NOT NULL DEFAULT 0,
    who        TEXT COLLATE "C" NOT NULL CHECK (who <> ''),
    key        TEXT COLLATE "C" NOT NULL CHECK (key LIKE 'SHA256:%'),
    at_ns      BIGINT NOT NULL,
    CHECK (end_ns > begin_ns)
);
CREATE INDEX review_draft_by_who ON review_draft (who, id);
CREATE FUNCTION review_draft_not_own() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NEW.verdict IN ('approve', 'reject') AND EXISTS (SELECT 1 FROM segment WHERE id = NEW.segment_id
       AND (author_key = NEW.key OR author = NEW.who)) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'review: the author of a segment cannot review it; ask another person';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_draft_not_own BEFORE INSERT ON review_draft FOR EACH ROW EXECUTE FUNCTION review_draft_not_own();
CREATE FUNCTION review_draft_registered() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM identity WHERE fingerprint = NEW.key AND name = NEW.who) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'review: that key is not registered under that name; see spur identity';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_draft_registered BEFORE INSERT ON review_draft FOR EACH ROW EXECUTE FUNCTION review_draft_registered();
CREATE TRIGGER review_draft_stays BEFORE UPDATE ON review_draft FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.segment_id <> OLD.segment_id OR NEW.verdict <> OLD.verdict OR NEW.reason <> OLD.reason
     OR NEW.begin_ns <> OLD.begin_ns OR NEW.end_ns <> OLD.end_ns OR NEW.who <> OLD.who OR NEW.key <> OLD.key
     OR NEW.at_ns <> OLD.at_ns)
    EXECUTE FUNCTION spur_refuse('review_draft: a decision is undone, not changed');
CREATE FUNCTION review_draft_no_replace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM review_draft WHERE id = NEW.id) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'review_draft: a decision is undone, not changed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_draft_no_replace BEFORE INSERT ON review_draft FOR EACH ROW EXECUTE FUNCTION review_draft_no_replace();

-- A segment with moved edges is a new segment by the one who moved them, so the four-eyes rule of
-- review holds for it too; the old one is superseded: no verdict any more, and no second successor.
CREATE TABLE segment_edit (
    old_id    BIGINT PRIMARY KEY REFERENCES segment (id),
    new_id    BIGINT NOT NULL REFERENCES segment (id),
    who       TEXT COLLATE "C" NOT NULL CHECK (who <> ''),
    key       TEXT COLLATE "C" NOT NULL CHECK (key LIKE 'SHA256:%'),
    at_ns     BIGINT NOT NULL,
    audit_seq BIGINT NOT NULL REFERENCES audit (seq),
    CHECK (new_id <> old_id)
);
CREATE INDEX segment_edit_by_new ON segment_edit (new_id);
CREATE FUNCTION segment_edit_by_author() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM segment AS n JOIN segment AS o ON o.id = NEW.old_id
       WHERE n.id = NEW.new_id AND n.author = NEW.who AND n.author_key = NEW.key AND n.drive_id = o.drive_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'segment: who moves its edges is the author of what comes of it, in the same drive';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER segment_edit_by_author BEFORE INSERT ON segment_edit FOR EACH ROW EXECUTE FUNCTION segment_edit_by_author();
CREATE FUNCTION segment_edit_open() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF (SELECT verdict FROM review WHERE segment_id = NEW.old_id AND verdict <> 'comment' ORDER BY id DESC LIMIT 1) = 'approve' THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'segment: it is approved, so it stays as it is; reject it first';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER segment_edit_open BEFORE INSERT ON segment_edit FOR EACH ROW EXECUTE FUNCTION segment_edit_open();
CREATE FUNCTION segment_edit_forward() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM segment_edit WHERE old_id = NEW.new_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'segment: that span was replaced by another one already';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER segment_edit_forward BEFORE INSERT ON segment_edit FOR EACH ROW EXECUTE FUNCTION segment_edit_forward();
CREATE TRIGGER segment_edit_no_update BEFORE UPDATE ON segment_edit FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('segment_edit is append-only');
CREATE TRIGGER segment_edit_no_delete BEFORE DELETE ON segment_edit FOR EACH ROW
    EXECUTE FUNCTION spur_refuse('segment_edit is append-only');
CREATE TRIGGER segment_edit_no_truncate BEFORE TRUNCATE ON segment_edit FOR EACH STATEMENT
    EXECUTE FUNCTION spur_refuse('segment_edit is append-only');
CREATE FUNCTION segment_edit_no_replace() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM segment_edit WHERE old_id = NEW.old_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'segment: its edges were moved already; see the segment that replaced it';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER segment_edit_no_replace BEFORE INSERT ON segment_edit FOR EACH ROW EXECUTE FUNCTION segment_edit_no_replace();
CREATE FUNCTION review_not_superseded() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NEW.verdict <> 'comment' AND EXISTS (SELECT 1 FROM segment_edit WHERE old_id = NEW.segment_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
            'review: its edges were moved; review the segment that replaced it';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_not_superseded BEFORE INSERT ON review FOR EACH ROW EXECUTE FUNCTION review_not_superseded();

-- The orders of the review queue; no score is lowest.
CREATE INDEX segment_by_score ON segment (coalesce(score, -1e300), id);
CREATE INDEX review_by_reviewer ON review (reviewer, at_ns);

SELECT spur_guard_always();
