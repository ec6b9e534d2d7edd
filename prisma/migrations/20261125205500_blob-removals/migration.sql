-- CreateTable
CREATE TABLE "blob_removals" (
    "blob" UUID NOT NULL,
    "due" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "blob_removals_pkey" PRIMARY KEY ("blob")
);

-- CreateIndex
CREATE INDEX "blob_removals_due_idx" ON "blob_removals"("due");

-- Puts the bytes that deleted records named on the list of what is to be removed, however they were deleted: one by one,
-- or with what they belonged to. For every table with a column `blob`.
CREATE FUNCTION "release_blobs"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "blob_removals" ("blob") SELECT "blob" FROM "gone" WHERE "blob" IS NOT NULL ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE TRIGGER "objects_release_blobs" AFTER DELETE ON "objects"
REFERENCING OLD TABLE AS "gone" FOR EACH STATEMENT EXECUTE FUNCTION "release_blobs"();

CREATE TRIGGER "log_segments_release_blobs" AFTER DELETE ON "log_segments"
REFERENCING OLD TABLE AS "gone" FOR EACH STATEMENT EXECUTE FUNCTION "release_blobs"();

-- The sweep looks at the records of one shard of the object store at a time.
CREATE INDEX "objects_by_shard" ON "objects"(right("blob"::TEXT, 2));
CREATE INDEX "log_segments_by_shard" ON "log_segments"(right("blob"::TEXT, 2)) WHERE "blob" IS NOT NULL;

-- The runs whose objects may expire: of each pipeline a few, however many there have been.
CREATE INDEX "runs_unexpired" ON "runs"("namespace_id", "pipeline_id", "run_id")
WHERE "ended" IS NOT NULL AND NOT "store_objects_expired";
