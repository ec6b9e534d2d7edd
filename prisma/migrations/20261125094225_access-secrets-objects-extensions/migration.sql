-- AlterTable
ALTER TABLE "installation" ADD COLUMN     "ignore_run_events" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "runs" ADD COLUMN     "token_id" UUID;

-- CreateTable
CREATE TABLE "roles" (
    "id" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "permissions" JSONB NOT NULL,
    "system_role" BOOLEAN NOT NULL DEFAULT false,
    "created" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "roles_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "pipeline_secrets" (
    "namespace_id" TEXT NOT NULL,
    "pipeline_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,
    "created" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pipeline_secrets_pkey" PRIMARY KEY ("namespace_id","pipeline_id","key")
);

-- CreateTable
CREATE TABLE "global_secrets" (
    "key" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,
    "namespaces" TEXT[],
    "created" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "global_secrets_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "objects" (
    "blob" UUID NOT NULL,
    "namespace_id" TEXT,
    "pipeline_id" TEXT,
    "run_id" INTEGER,
    "extension_id" TEXT,
    "key" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "sha256" TEXT NOT NULL,
    "created" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "objects_pkey" PRIMARY KEY ("blob")
);

-- CreateTable
CREATE TABLE "extensions" (
    "id" TEXT NOT NULL,
    "image" TEXT NOT NULL,
    "registry_user" TEXT,
    "registry_pass" TEXT,
    "settings" JSONB NOT NULL,
    "secret_settings" JSONB NOT NULL,
    "additional_roles" TEXT[],
    "status" TEXT NOT NULL DEFAULT 'enabled',
    "created" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "modified" TIMESTAMPTZ(3),
    "state" TEXT NOT NULL DEFAULT 'exited',
    "url" TEXT NOT NULL DEFAULT '',
    "started" TIMESTAMPTZ(3),
    "documentation" JSONB NOT NULL,

    CONSTRAINT "extensions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "subscriptions" (
    "namespace_id" TEXT NOT NULL,
    "pipeline_id" TEXT NOT NULL,
    "extension_id" TEXT NOT NULL,
    "subscription_id" TEXT NOT NULL,
    "settings" JSONB NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'active',
    "reason" TEXT,
    "description" TEXT,
    "created" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "subscriptions_pkey" PRIMARY KEY ("namespace_id","pipeline_id","extension_id","subscription_id")
);

-- AddForeignKey
ALTER TABLE "pipeline_secrets" ADD CONSTRAINT "pipeline_secrets_namespace_id_pipeline_id_fkey" FOREIGN KEY ("namespace_id", "pipeline_id") REFERENCES "pipelines"("namespace_id", "pipeline_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "objects" ADD CONSTRAINT "objects_namespace_id_pipeline_id_fkey" FOREIGN KEY ("namespace_id", "pipeline_id") REFERENCES "pipelines"("namespace_id", "pipeline_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "objects" ADD CONSTRAINT "objects_namespace_id_pipeline_id_run_id_fkey" FOREIGN KEY ("namespace_id", "pipeline_id", "run_id") REFERENCES "runs"("namespace_id", "pipeline_id", "run_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "objects" ADD CONSTRAINT "objects_extension_id_fkey" FOREIGN KEY ("extension_id") REFERENCES "extensions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "subscriptions" ADD CONSTRAINT "subscriptions_namespace_id_pipeline_id_fkey" FOREIGN KEY ("namespace_id", "pipeline_id") REFERENCES "pipelines"("namespace_id", "pipeline_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "subscriptions" ADD CONSTRAINT "subscriptions_extension_id_fkey" FOREIGN KEY ("extension_id") REFERENCES "extensions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A key is taken once in its scope, of which the columns that do not apply are null.
CREATE UNIQUE INDEX "objects_key" ON "objects"("namespace_id", "pipeline_id", "run_id", "extension_id", "key") NULLS NOT DISTINCT;
