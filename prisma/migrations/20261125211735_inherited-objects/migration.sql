-- AlterTable
ALTER TABLE "objects" ADD COLUMN     "inherited" BOOLEAN NOT NULL DEFAULT false;
