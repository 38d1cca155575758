-- In which zone a candidate reads times, and when the token was issued that last told who they are.
ALTER TABLE candidate ADD COLUMN time_zone text, ADD COLUMN told_at timestamptz(3);
