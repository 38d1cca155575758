import { createHash } from 'node:crypto';
import texts from './front-page.json' with { type: 'json' };
import type { Language } from './language.ts';

const OF_PAGES = ['exam', 'desk', 'console'] as const;
const ALWAYS = ['register', 'docs'] as const;

const STYLE = `
:root { color-scheme: light dark; --text: light-dark(#1a2030, #e8ebf2); --soft: light-dark(#535c6e, #a5aebf); --line: light-dark(#d9dde5, #2d3442);
  --surface: light-dark(#fff, #181c25); --accent: light-dark(#2a54cc, #8fb0ff); font: 1rem/1.55 system-ui, sans-serif; }
body { margin: 0; background: light-dark(#f6f7f9, #10131a); color: var(--text); }
main { max-width: 52rem; margin: 0 auto; padding: clamp(2rem, 10vh, 6rem) 1.25rem; }
h1 { margin: 0; font-size: 2rem; letter-spacing: -0.02em; }
p { margin: 0.4rem 0 0; color: var(--soft); }
ul { list-style: none; margin: 2rem 0 0; padding: 0; display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); }
a { display: block; height: 100%; box-sizing: border-box; padding: 1.1rem 1.25rem; border: 1px solid var(--line); border-radius: 10px;
  background: var(--surface); color: inherit; text-decoration: none; }
a:hover, a:focus-visible { border-color: var(--accent); outline: 2px solid var(--accent); outline-offset: 0; }
strong { color: var(--accent); }
`;

/** Only the style above, by its hash. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** GET /: where to go from here, in the reader's language. Doors whose pages are not there are left out. */
export function frontPage({ language, withDoors }: { language: Language; withDoors: boolean }): { html: string; policy: string } {
  const { title, about, doors } = texts[language];
  const entries = [...(withDoors ? OF_PAGES : []), ...ALWAYS].map((door) => {
    const [name, what] = doors[door];
    return `<li><a href="/${door}"><strong>${name}</strong><p>${what}</p></a></li>`;
  });
  const html = `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="${about}">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${about}</p>
<ul>
${entries.join('\n')}
</ul>
</main>
</body>
</html>
`;
  return { html, policy: POLICY };
}
