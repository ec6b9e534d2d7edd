-- CreateTable
CREATE TABLE "pulled_images" (
    "engine" TEXT NOT NULL,
    "image" TEXT NOT NULL,
    "last_used" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "pulled_images_pkey" PRIMARY KEY ("engine","image")
);
