import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { download } from '../frame/download.ts';
import { Markdown } from '../frame/Markdown.tsx';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { getSolution, type Assignment } from '../generated/client.ts';

const ENDINGS: Readonly<Record<string, string>> = { 'application/pdf': 'pdf', 'application/zip': 'zip', 'text/markdown': 'md' };

/** The brief, and what was handed in: to save, since nothing of a candidate's runs in this page; Markdown also to read here, as text. */
export function CaseStudy({ assignment }: { readonly assignment: Extract<Assignment, { test: 'case_study' }> }) {
  const { t, i18n } = useTranslation('desk');
  const { id, title, brief, file } = assignment;
  const isMarkdown = file.mediaType === 'text/markdown';
  const [text, setText] = useState<string>();
  const fetching = useMutation({
    mutationFn: async (use: 'save' | 'read') => {
      const content = await getSolution({ assignmentId: id });
      if (use === 'read') setText(await content.text());
      else download(content, `solution.${ENDINGS[file.mediaType] ?? 'bin'}`);
    },
  });
  const size =
    file.sizeBytes === null
      ? ''
      : new Intl.NumberFormat(i18n.language, { style: 'unit', unit: 'kilobyte', maximumFractionDigits: 1 }).format(file.sizeBytes / 1000);
  return (
    <section className="card" aria-labelledby="case-study">
      <h2 id="case-study">{title}</h2>
      <details>
        <summary>{t('caseStudy.brief')}</summary>
        <Markdown>{brief}</Markdown>
      </details>
      <div className="row">
        <Button className="button primary" isPending={fetching.isPending} onPress={() => fetching.mutate('save')}>
          {t('caseStudy.save', { kind: (ENDINGS[file.mediaType] ?? '').toUpperCase(), size })}
        </Button>
        {isMarkdown && (
          <Button className="button" isPending={fetching.isPending} onPress={() => fetching.mutate('read')}>
            {t('caseStudy.read')}
          </Button>
        )}
      </div>
      {fetching.error && <TroubleNote error={fetching.error} />}
      {text !== undefined && (
        <article className="written" aria-label={t('caseStudy.solution')}>
          <Markdown>{text}</Markdown>
        </article>
      )}
    </section>
  );
}
