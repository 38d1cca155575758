-- The same function as before, for further signs that the register's look-up (domain/text.ts) takes for one: dashes and apostrophes of
-- every kind, points and vowels of Hebrew, Arabic and Syriac, letters that few keyboards have, and whatever nobody sees.
CREATE OR REPLACE FUNCTION "folded_for_look_up"("given" TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  -- Most texts have no letter that needs more than this.
  SELECT CASE WHEN "given" !~ '[^ -~]' THEN trim(regexp_replace(translate(lower("given"), '`', ''''), ' +', ' ', 'g')) ELSE
  trim(regexp_replace(translate(translate(
    normalize(
      replace(replace(replace(replace(translate(
        regexp_replace(
          normalize(
            replace(replace(lower(upper(lower(
              regexp_replace(
                normalize(translate(normalize("given", NFC), E'`\u00B4\u2018\u2019\u201B\u02B9\u02BB\u02BC\u02BD\u02BE\u02BF\u02C8\u02CA\u02CB\u055A\u05F3\u07F4\u2032\u2035\u275B\u275C\uA78C\u1FBD\u1FBF\uFF07', repeat('''', 25)), NFKC),
                E'[\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFF8\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0000-\U000E0FFF]', '', 'g')
              COLLATE "und-x-icu") COLLATE "und-x-icu") COLLATE "und-x-icu"), E'\u03C2', E'\u03C3'), E'\u00DF', 'ss'),
            NFD),
          E'[\u0300-\u036F\u0483-\u0487\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A\u0640\u064B-\u065F\u0670\u06D6-\u06DC\u06DF-\u06E4\u06E7\u06E8\u06EA-\u06ED\u0730-\u074A\u1AB0-\u1ABE\u1DC0-\u1DF5\u1DFB-\u1DFF\u20D0-\u20F0\uFE20-\uFE2F]', '', 'g'),
        E'\u00F8\u0142\u0111\u00F0\u0127\u0167\u014B\u0138\u0180\u0253\u0256\u0257\u01E5\u0199\u0268\u0289\u01B6\u01DD\u0259\u025B\u0254\u0263\u0260\u0272\u01A5\u01AD\u028B\u01B4\u064A\u0643', E'olddhtnkbbddgkiuzeeeoggnptvy\u06CC\u06A9'),
        E'\u00E6', 'ae'), E'\u0153', 'oe'), E'\u00FE', 'th'), E'\u0131', 'i'),
      NFC),
    E'`\u00B4\u2018\u2019\u201B\u02B9\u02BB\u02BC\u02BD\u02BE\u02BF\u02C8\u02CA\u02CB\u055A\u05F3\u07F4\u2032\u2035\u275B\u275C\uA78C\u1FBD\u1FBF\uFF07', repeat('''', 25)), E'\u058A\u05BE\u1400\u1806\u2010\u2011\u2012\u2013\u2014\u2015\u2E17\u2E1A\u2E3A\u2E3B\u2E40\u2E5D\u301C\u3030\u30A0\uFE31\uFE32\uFE58\uFE63\uFF0D\u02D7\u2043\u207B\u208B\u2212\u2796\U00010EAD', repeat('-', 31)),
    E'[\\s\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000\u2800\u0001-\u001F\u007F-\u009F]+', ' ', 'g')) END
$$;

-- The words of those whom this may concern, anew: a text of plain letters is folded as it was.
DELETE FROM attempt_term t USING attempt a, candidate c
  WHERE t.attempt_id = a.id AND c.id = a.candidate_id AND concat_ws(' ', c.name, c.email, c.subject) ~ '[^ -~]';
INSERT INTO attempt_term (attempt_id, term)
  SELECT a.id, term FROM attempt a JOIN candidate c ON c.id = a.candidate_id CROSS JOIN LATERAL terms_of(c.name, c.email, c.subject) AS term
  WHERE concat_ws(' ', c.name, c.email, c.subject) ~ '[^ -~]';
