/** The names of the metrics in a PromQL expression, by what is left when everything else is taken out. */

/** Words of the language that stand where a name could. */
const KEYWORDS = new Set(
  'and or unless bool by without on ignoring group_left group_right offset start end inf nan sum min max avg group stddev stdvar count count_values bottomk topk quantile'.split(
    ' ',
  ),
);

const STRING = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`/g;
const COMMENT = /#[^\n]*/g;
const LABELS = /\{[^{}]*\}/g;
const RANGE = /\[[^\]]*\]/g;
const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/gi;
const DURATION = /\boffset\s+-?\s*\d\w*/gi;
/** No digit before it, or it would be the unit of a number; no parenthesis after it, or it would be a function. */
const NAME = /(?<![\w.:])[A-Za-z_:][\w:]*(?!\s*\()(?![\w:])/g;

export function metricNames(expression: string): string[] {
  // Strings first: they may hold anything. What is compared by __name__ is not seen, so nobody may select by it.
  const bare = [STRING, COMMENT, LABELS, RANGE, GROUPING, DURATION].reduce((text, part) => text.replaceAll(part, ' '), expression);
  const names = bare.match(NAME) ?? [];
  return [...new Set(names.filter((name) => !KEYWORDS.has(name.toLowerCase())))];
}
