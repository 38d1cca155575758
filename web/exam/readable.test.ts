import { expect, it } from 'vitest';
import { readableOf } from './readable.ts';

it('the page of what is kept says each row, and what somebody wrote is text in it and nothing else', () => {
  const page = readableOf(
    {
      format: 'certifiable-personal-data/1',
      madeAt: '2026-11-30T10:00:00.000Z',
      sections: [
        { name: 'person', what: 'Who you are', rows: [{ name: 'Ada <script>alert(1)</script>', email: null }] },
        { name: 'answers', what: 'What you "answered"', rows: [{ itemId: 't1', value: ['a', 'b'] }] },
      ],
      files: [{ uploadId: 'u1', attemptId: 'a1', name: 'mine & yours.md', mediaType: 'text/markdown', sizeBytes: 3, sha256: 'ff' }],
      withheld: ['keys of exams'],
    },
    { title: 'What is kept', language: 'en' },
  );
  expect(page).not.toMatch(/<script/);
  for (const text of [
    'Ada &lt;script&gt;alert(1)&lt;/script&gt;',
    'What you &quot;answered&quot;',
    'mine &amp; yours.md',
    '<li>keys of exams</li>',
    '<html lang="en">',
  ])
    expect(page).toContain(text);
  expect(page).not.toContain('<dt>email</dt>');
});
