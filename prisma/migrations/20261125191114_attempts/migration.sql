-- AlterTable
ALTER TABLE "runs" ADD COLUMN     "began" TIMESTAMPTZ(3),
ADD COLUMN     "timed_out" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "task_executions" ADD COLUMN     "attempt" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "cancelled_by" TEXT,
ADD COLUMN     "cause" JSONB,
ADD COLUMN     "failures" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "interruptions" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "retry_at" TIMESTAMPTZ(3),
ADD COLUMN     "reused_from" INTEGER;

-- CreateTable
CREATE TABLE "task_attempts" (
    "namespace_id" TEXT NOT NULL,
    "pipeline_id" TEXT NOT NULL,
    "run_id" INTEGER NOT NULL,
    "task_id" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "started" TIMESTAMPTZ(3),
    "ended" TIMESTAMPTZ(3) NOT NULL,
    "exit_code" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "reason" TEXT,
    "description" TEXT,
    "cause" JSONB,
    "container_id" TEXT,
    "image_digest" TEXT,

    CONSTRAINT "task_attempts_pkey" PRIMARY KEY ("namespace_id","pipeline_id","run_id","task_id","attempt")
);

-- AddForeignKey
ALTER TABLE "task_attempts" ADD CONSTRAINT "task_attempts_namespace_id_pipeline_id_run_id_task_id_fkey" FOREIGN KEY ("namespace_id", "pipeline_id", "run_id", "task_id") REFERENCES "task_executions"("namespace_id", "pipeline_id", "run_id", "task_id") ON DELETE CASCADE ON UPDATE CASCADE;
