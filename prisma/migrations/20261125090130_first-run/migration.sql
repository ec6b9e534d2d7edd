-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "namespaces" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "created" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "modified" TIMESTAMPTZ(3),

    CONSTRAINT "namespaces_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "pipelines" (
    "namespace_id" TEXT NOT NULL,
    "pipeline_id" TEXT NOT NULL,
    "created" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "modified" TIMESTAMPTZ(3),
    "state" TEXT NOT NULL DEFAULT 'active',
    "last_version" INTEGER NOT NULL DEFAULT 0,
    "last_deployment" INTEGER NOT NULL DEFAULT 0,
    "last_run" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "pipelines_pkey" PRIMARY KEY ("namespace_id","pipeline_id")
);

-- CreateTable
CREATE TABLE "pipeline_configs" (
    "namespace_id" TEXT NOT NULL,
    "pipeline_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "parallelism" BIGINT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'unreleased',
    "registered" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deprecated" TIMESTAMPTZ(3),
    "tasks" JSON NOT NULL,
    "registry_auths" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "pipeline_configs_pkey" PRIMARY KEY ("namespace_id","pipeline_id","version")
);

-- CreateTable
CREATE TABLE "deployments" (
    "namespace_id" TEXT NOT NULL,
    "pipeline_id" TEXT NOT NULL,
    "deployment_id" INTEGER NOT NULL,
    "start_version" INTEGER NOT NULL,
    "end_version" INTEGER NOT NULL,
    "started" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended" TIMESTAMPTZ(3),
    "state" TEXT NOT NULL,
    "status" TEXT NOT NULL,

    CONSTRAINT "deployments_pkey" PRIMARY KEY ("namespace_id","pipeline_id","deployment_id")
);

-- CreateTable
CREATE TABLE "runs" (
    "namespace_id" TEXT NOT NULL,
    "pipeline_id" TEXT NOT NULL,
    "run_id" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "started" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended" TIMESTAMPTZ(3),
    "state" TEXT NOT NULL DEFAULT 'pending',
    "status" TEXT NOT NULL DEFAULT 'unknown',
    "reason" TEXT,
    "description" TEXT,
    "initiator_id" TEXT NOT NULL,
    "initiator_user" TEXT NOT NULL,
    "variables" JSONB NOT NULL,
    "event_id" UUID,
    "store_objects_expired" BOOLEAN NOT NULL DEFAULT false,
    "dispatched" TIMESTAMPTZ(3),
    "cancel_requested" TIMESTAMPTZ(3),
    "cancelled_by" TEXT,

    CONSTRAINT "runs_pkey" PRIMARY KEY ("namespace_id","pipeline_id","run_id")
);

-- CreateTable
CREATE TABLE "task_executions" (
    "namespace_id" TEXT NOT NULL,
    "pipeline_id" TEXT NOT NULL,
    "run_id" INTEGER NOT NULL,
    "task_id" TEXT NOT NULL,
    "created" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started" TIMESTAMPTZ(3),
    "ended" TIMESTAMPTZ(3),
    "exit_code" INTEGER,
    "state" TEXT NOT NULL DEFAULT 'waiting',
    "status" TEXT NOT NULL DEFAULT 'unknown',
    "reason" TEXT,
    "description" TEXT,
    "variables" JSONB NOT NULL,
    "logs_expired" BOOLEAN NOT NULL DEFAULT false,
    "logs_removed" BOOLEAN NOT NULL DEFAULT false,
    "message" TEXT,
    "skipped_because" JSONB,
    "container_id" TEXT,
    "image_digest" TEXT,
    "cancel_requested" TIMESTAMPTZ(3),
    "cancel_grace" INTEGER,

    CONSTRAINT "task_executions_pkey" PRIMARY KEY ("namespace_id","pipeline_id","run_id","task_id")
);

-- CreateTable
CREATE TABLE "events" (
    "seq" BIGSERIAL NOT NULL,
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "kind" JSONB NOT NULL,
    "emitted" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "events_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "tokens" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "hash" BYTEA NOT NULL,
    "user" TEXT NOT NULL,
    "roles" TEXT[],
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "created" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires" TIMESTAMPTZ(3),
    "disabled" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "tokens_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "installation" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "instance" UUID NOT NULL DEFAULT uuidv7(),
    "bootstrap_token_created" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "installation_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "events_id_key" ON "events"("id");

-- CreateIndex
CREATE UNIQUE INDEX "tokens_hash_key" ON "tokens"("hash");

-- AddForeignKey
ALTER TABLE "pipelines" ADD CONSTRAINT "pipelines_namespace_id_fkey" FOREIGN KEY ("namespace_id") REFERENCES "namespaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pipeline_configs" ADD CONSTRAINT "pipeline_configs_namespace_id_pipeline_id_fkey" FOREIGN KEY ("namespace_id", "pipeline_id") REFERENCES "pipelines"("namespace_id", "pipeline_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployments" ADD CONSTRAINT "deployments_namespace_id_pipeline_id_fkey" FOREIGN KEY ("namespace_id", "pipeline_id") REFERENCES "pipelines"("namespace_id", "pipeline_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "runs" ADD CONSTRAINT "runs_namespace_id_pipeline_id_fkey" FOREIGN KEY ("namespace_id", "pipeline_id") REFERENCES "pipelines"("namespace_id", "pipeline_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "runs" ADD CONSTRAINT "runs_namespace_id_pipeline_id_version_fkey" FOREIGN KEY ("namespace_id", "pipeline_id", "version") REFERENCES "pipeline_configs"("namespace_id", "pipeline_id", "version") ON DELETE NO ACTION ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "task_executions" ADD CONSTRAINT "task_executions_namespace_id_pipeline_id_run_id_fkey" FOREIGN KEY ("namespace_id", "pipeline_id", "run_id") REFERENCES "runs"("namespace_id", "pipeline_id", "run_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The runs that are not over: few, however many there have been.
CREATE INDEX "runs_live" ON "runs"("namespace_id", "pipeline_id", "run_id") WHERE "ended" IS NULL;

-- Writes an event and wakes its listeners. The lock is held until commit, so that events become visible in the order of
-- their numbers. A transaction therefore records its events after its other writes.
CREATE FUNCTION "record_event"("kind" JSONB) RETURNS UUID LANGUAGE plpgsql AS $$
DECLARE
  "event" "events";
BEGIN
  PERFORM pg_advisory_xact_lock(7021947);
  INSERT INTO "events" ("kind") VALUES ("record_event"."kind") RETURNING * INTO "event";
  PERFORM pg_notify('gofer_events', "event"."seq"::TEXT);
  RETURN "event"."id";
END $$;

INSERT INTO "installation" DEFAULT VALUES;
