-- AlterTable
ALTER TABLE "runs" ADD COLUMN     "logs_expired" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "logs" (
    "id" BIGSERIAL NOT NULL,
    "namespace_id" TEXT NOT NULL,
    "pipeline_id" TEXT NOT NULL,
    "run_id" INTEGER NOT NULL,
    "task_id" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "epoch" INTEGER NOT NULL DEFAULT 1,
    "bytes" BIGINT NOT NULL DEFAULT 0,
    "position" JSONB NOT NULL DEFAULT '{}',
    "created" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "modified" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished" TIMESTAMPTZ(3),

    CONSTRAINT "logs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "log_segments" (
    "log_id" BIGINT NOT NULL,
    "start" BIGINT NOT NULL,
    "length" INTEGER NOT NULL,
    "lines" INTEGER NOT NULL,
    "began" TIMESTAMPTZ(3),
    "data" BYTEA,
    "blob" UUID,

    CONSTRAINT "log_segments_pkey" PRIMARY KEY ("log_id","start")
);

-- CreateIndex
CREATE UNIQUE INDEX "logs_namespace_id_pipeline_id_run_id_task_id_attempt_key" ON "logs"("namespace_id", "pipeline_id", "run_id", "task_id", "attempt");

-- CreateIndex
CREATE UNIQUE INDEX "log_segments_blob_key" ON "log_segments"("blob");

-- CreateIndex
CREATE INDEX "runs_with_logs" ON "runs"("logs_expired", "namespace_id", "pipeline_id", "run_id");

-- AddForeignKey
ALTER TABLE "logs" ADD CONSTRAINT "logs_namespace_id_pipeline_id_run_id_task_id_fkey" FOREIGN KEY ("namespace_id", "pipeline_id", "run_id", "task_id") REFERENCES "task_executions"("namespace_id", "pipeline_id", "run_id", "task_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "log_segments" ADD CONSTRAINT "log_segments_log_id_fkey" FOREIGN KEY ("log_id") REFERENCES "logs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Wakes those who follow the log of a task when the task has ended: only then do they know that nothing more comes.
CREATE FUNCTION "wake_log_readers"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('gofer_logs', concat_ws('/', NEW."namespace_id", NEW."pipeline_id", NEW."run_id", NEW."task_id"));
  RETURN NULL;
END $$;

CREATE TRIGGER "task_executions_wake_log_readers" AFTER UPDATE OF "ended" ON "task_executions"
FOR EACH ROW WHEN (OLD."ended" IS NULL AND NEW."ended" IS NOT NULL) EXECUTE FUNCTION "wake_log_readers"();
