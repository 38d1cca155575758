-- Where a scanner for malware is set, an upload is given to nobody before it is scanned. Null: there was no scanner.
ALTER TABLE upload
  ADD COLUMN scan_state text,
  ADD COLUMN scanned_at timestamptz(3),
  ADD COLUMN scan_finding text,
  ADD CONSTRAINT upload_scan_state CHECK (scan_state IN ('pending', 'clean', 'infected'));
