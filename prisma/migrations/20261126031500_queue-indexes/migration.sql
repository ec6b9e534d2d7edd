-- What an admission counts: those that run, and those that have waited for longer.
CREATE INDEX "runs_running" ON "runs" ("namespace_id", "pipeline_id") WHERE "state" = 'running';
CREATE INDEX "runs_waiting" ON "runs" ("started") WHERE "state" = 'pending' AND "cancel_requested" IS NULL;
