-- AlterTable
ALTER TABLE "pipeline_configs" ADD COLUMN     "on_limit" TEXT,
ADD COLUMN     "timeout" INTEGER;
