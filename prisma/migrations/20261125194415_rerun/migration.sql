-- AlterTable
ALTER TABLE "runs" ADD COLUMN     "rerun_of" INTEGER,
ADD COLUMN     "reuse" BOOLEAN NOT NULL DEFAULT false;
