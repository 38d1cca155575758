-- By which is drawn never changes; the envelope that it lies in does, when the key of envelopes is another one.
DROP TRIGGER "sampling_secret_append_only" ON "sampling_secret";
CREATE TRIGGER "sampling_secret_append_only" BEFORE UPDATE OF "exam_version_id", "generation", "created_at" OR DELETE ON "sampling_secret" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
DROP TRIGGER "seed_secret_append_only" ON "seed_secret";
CREATE TRIGGER "seed_secret_append_only" BEFORE UPDATE OF "generation", "created_at" OR DELETE ON "seed_secret" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
