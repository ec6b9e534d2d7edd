-- The failures of the last day, in all pipelines.
CREATE INDEX "runs_failed" ON "runs"("ended") WHERE "status" = 'failed';
