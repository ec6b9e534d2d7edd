ALTER TABLE "runs" ADD COLUMN "awaits_call" BOOLEAN NOT NULL DEFAULT false;

-- Those that wait already may have asked before.
UPDATE "runs" SET "awaits_call" = true WHERE "state" = 'pending' AND "ended" IS NULL;
