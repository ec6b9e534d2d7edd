-- AlterTable
ALTER TABLE "run_triggers" ADD COLUMN     "depth" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "subscriptions" ADD COLUMN     "tick_due" TIMESTAMPTZ(3),
ADD COLUMN     "ticks_until" TIMESTAMPTZ(3),
ADD COLUMN     "watches" TEXT;

-- CreateTable
CREATE TABLE "event_readers" (
    "reader" TEXT NOT NULL,
    "position" BIGINT NOT NULL,

    CONSTRAINT "event_readers_pkey" PRIMARY KEY ("reader")
);

-- CreateIndex
CREATE INDEX "subscriptions_by_tick" ON "subscriptions"("extension_id", "tick_due");

-- CreateIndex
CREATE INDEX "subscriptions_by_watched" ON "subscriptions"("watches");

-- Who reads the ends of runs begins with those that come from now on.
INSERT INTO "event_readers" ("reader", "position") SELECT 'run-ends', coalesce(max("seq"), 0) FROM "events";

-- Few of very many runs: those whose workflows were not started yet, and those that have not begun.
CREATE INDEX "runs_undispatched" ON "runs" ("started") WHERE "dispatched" IS NULL AND "ended" IS NULL;
CREATE INDEX "runs_pending" ON "runs" ("dispatched") WHERE "state" = 'pending';
