-- AlterTable
ALTER TABLE "runs" ADD COLUMN     "cancelled_by_server" BOOLEAN NOT NULL DEFAULT false;
