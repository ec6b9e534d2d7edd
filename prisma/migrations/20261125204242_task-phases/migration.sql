-- AlterTable
ALTER TABLE "task_executions" ADD COLUMN     "fetching" TIMESTAMPTZ(3),
ADD COLUMN     "settled" TIMESTAMPTZ(3),
ADD COLUMN     "starting" TIMESTAMPTZ(3);
