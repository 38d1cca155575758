import { lexer, type MarkedToken, type Token, type Tokens } from 'marked';

/**
 * Markdown as people read it on paper: what it says, in lines, and none of its signs. Text that is no Markdown stays as it is, HTML
 * among it. The page and the PDF show the same.
 */
export function plainTextOf(markdown: string): string {
  if (NESTED_TOO_DEEP.test(markdown) || (markdown.match(SIGNS)?.length ?? 0) > SIGNS_MAX) return markdown;
  return blocks(lexer(markdown.replaceAll(/\r\n?/g, '\n')))
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}

/** The reader goes down a level with each sign: so many nobody writes, and it would run out of stack. */
const NESTED_TOO_DEEP = /^[\s>*+-]{200}/m;

/** And each may open what another closes: its time grows with their square. */
const SIGNS = /[*_~`[\]<\\|]/g;
const SIGNS_MAX = 1000;

function blocks(tokens: readonly Token[]): readonly string[] {
  return tokens.flatMap((token) => block(token as MarkedToken));
}

function block(token: MarkedToken): readonly string[] {
  switch (token.type) {
    case 'space':
      return [''];
    case 'hr':
    case 'def':
      return [''];
    case 'heading':
    case 'paragraph':
      return [inline(token.tokens)];
    case 'blockquote':
      return blocks(token.tokens);
    case 'code':
      return [token.text];
    case 'list':
      return token.items.flatMap((item, place) => listItem(item, token.ordered ? `${Number(token.start) + place}. ` : '• '));
    case 'table':
      return [token.header, ...token.rows].map((row) => row.map((cell) => inline(cell.tokens)).join('  '));
    case 'text':
      return [token.tokens === undefined ? token.text : inline(token.tokens)];
    default:
      return [token.raw];
  }
}

function listItem(item: Tokens.ListItem, sign: string): readonly string[] {
  const [first = '', ...rest] = blocks(item.tokens).flatMap((text) => text.split('\n'));
  return [`${sign}${first}`, ...rest.filter((line) => line !== '').map((line) => `  ${line}`)];
}

function inline(tokens: readonly Token[] = []): string {
  return tokens.map((token) => span(token as MarkedToken)).join('');
}

function span(token: MarkedToken): string {
  switch (token.type) {
    case 'strong':
    case 'em':
    case 'del':
      return inline(token.tokens);
    case 'text':
      return token.tokens === undefined ? token.text : inline(token.tokens);
    case 'escape':
    case 'codespan':
      return token.text;
    case 'br':
      return '\n';
    case 'link': {
      const said = inline(token.tokens);
      return said === token.href || `mailto:${said}` === token.href || token.raw === said ? said : `${said} (${token.href})`;
    }
    case 'image':
      return token.text;
    default:
      return token.raw;
  }
}
