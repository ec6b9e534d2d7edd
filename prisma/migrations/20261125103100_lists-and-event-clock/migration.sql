-- CreateIndex
CREATE INDEX "runs_by_status" ON "runs"("namespace_id", "pipeline_id", "status", "run_id");

-- CreateIndex
CREATE INDEX "runs_by_initiator" ON "runs"("namespace_id", "pipeline_id", "initiator_user", "run_id");

-- CreateIndex
CREATE INDEX "runs_by_start" ON "runs"("namespace_id", "pipeline_id", "started", "run_id");

-- The time in the newest event id, in 1/4096 ms since the epoch. It never goes back, whatever the clock does and whichever
-- events are deleted.
CREATE SEQUENCE "event_clock";
SELECT setval('event_clock', ceil((extract(epoch FROM uuid_extract_timestamp("id")) * 1000 + 1) * 4096)::BIGINT)
FROM "events" ORDER BY "id" DESC LIMIT 1;

-- Writes an event and wakes its listeners. The lock is held until commit, so that events become visible in the order of
-- their numbers, and their ids ascend with them. A transaction therefore records its events after its other writes.
CREATE OR REPLACE FUNCTION "record_event"("kind" JSONB) RETURNS UUID LANGUAGE plpgsql AS $$
DECLARE
  "tick" BIGINT;
  "event" "events";
BEGIN
  PERFORM pg_advisory_xact_lock(7021947);
  SELECT setval('event_clock', greatest("last_value" + 1, (extract(epoch FROM clock_timestamp()) * 4096000)::BIGINT))
    FROM "event_clock" INTO "tick";
  -- A UUID of version 7: 48 bits of milliseconds, 12 of their fractions, and the variant and randomness of one of version 4.
  INSERT INTO "events" ("id", "kind") VALUES (
    (lpad(to_hex("tick" >> 12), 12, '0') || '7' || lpad(to_hex("tick" & 4095), 3, '0')
      || right(gen_random_uuid()::TEXT, 17))::UUID,
    "record_event"."kind"
  ) RETURNING * INTO "event";
  PERFORM pg_notify('gofer_events', "event"."seq"::TEXT);
  RETURN "event"."id";
END $$;
