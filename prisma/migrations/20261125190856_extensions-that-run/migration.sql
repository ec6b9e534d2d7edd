-- AlterTable
ALTER TABLE "extensions" ADD COLUMN     "dispatched" TIMESTAMPTZ(3),
ADD COLUMN     "message" TEXT,
ADD COLUMN     "revision" UUID NOT NULL DEFAULT uuidv7(),
ADD COLUMN     "sealed_secret" TEXT,
ADD COLUMN     "start_id" UUID,
ADD COLUMN     "token_id" UUID;

-- AlterTable
ALTER TABLE "subscriptions" ADD COLUMN     "dispatched" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "run_triggers" (
    "namespace_id" TEXT NOT NULL,
    "pipeline_id" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "identity" TEXT NOT NULL,
    "run_id" INTEGER NOT NULL,

    CONSTRAINT "run_triggers_pkey" PRIMARY KEY ("namespace_id","pipeline_id","source","identity")
);

-- CreateTable
CREATE TABLE "external_events" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "extension_id" TEXT NOT NULL,
    "delivery" TEXT,
    "received" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "headers" JSONB NOT NULL,
    "body" BYTEA NOT NULL,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "due" TIMESTAMPTZ(3) DEFAULT CURRENT_TIMESTAMP,
    "problem" TEXT,

    CONSTRAINT "external_events_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "run_triggers_by_run" ON "run_triggers"("namespace_id", "pipeline_id", "run_id");

-- CreateIndex
CREATE INDEX "external_events_due" ON "external_events"("extension_id", "due");

-- CreateIndex
CREATE UNIQUE INDEX "external_events_extension_id_delivery_key" ON "external_events"("extension_id", "delivery");

-- CreateIndex
CREATE INDEX "subscriptions_by_extension" ON "subscriptions"("extension_id");

-- AddForeignKey
ALTER TABLE "run_triggers" ADD CONSTRAINT "run_triggers_namespace_id_pipeline_id_run_id_fkey" FOREIGN KEY ("namespace_id", "pipeline_id", "run_id") REFERENCES "runs"("namespace_id", "pipeline_id", "run_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "external_events" ADD CONSTRAINT "external_events_extension_id_fkey" FOREIGN KEY ("extension_id") REFERENCES "extensions"("id") ON DELETE CASCADE ON UPDATE CASCADE;
