-- An upload is looked at once it has arrived, and is then complete or rejected. All three are null in what was there before.
ALTER TABLE upload
  ADD COLUMN arrived_at timestamptz(3),
  ADD COLUMN rejected_at timestamptz(3),
  ADD COLUMN rejected_for text,
  ADD CONSTRAINT upload_complete_or_rejected CHECK (completed_at IS NULL OR rejected_at IS NULL),
  ADD CONSTRAINT upload_rejected_for_a_reason CHECK ((rejected_at IS NULL) = (rejected_for IS NULL));
