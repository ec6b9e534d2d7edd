-- AlterTable
ALTER TABLE "runs" ADD COLUMN     "keep_failed" INTEGER;

-- AlterTable
ALTER TABLE "task_executions" ADD COLUMN     "kept_until" TIMESTAMPTZ(3);
