-- AlterTable
ALTER TABLE "assignment" ADD COLUMN     "unstaffed_because" JSONB;
