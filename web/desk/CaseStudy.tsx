import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { save } from '../frame/download.ts';
import { Markdown } from '../frame/Markdown.tsx';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { getSolution, type Assignment } from '../generated/client.ts';

const ENDINGS: Readonly<Record<string, string>> = { 'application/pdf': 'pdf', 'application/zip': 'zip', 'text/markdown': 'md' };

/** The brief, and what was handed in. */
export function CaseStudy({ assignment }: { readonly assignment: Extract<Assignment, { test: 'case_study' }> }) {
  const { t } = useTranslation('desk');
  const { id, title, brief, file } = assignment;
  return (
    <section className="card" aria-labelledby="case-study">
      <h2 id="case-study">{title}</h2>
      <details>
        <summary>{t('caseStudy.brief')}</summary>
        <Markdown>{brief}</Markdown>
      </details>
      <Solution file={file} load={() => getSolution({ assignmentId: id })} />
    </section>
  );
}

type SolutionProps = {
  readonly file: { readonly mediaType: string; readonly sizeBytes: number | null };
  readonly load: () => Promise<Blob>;
};

/** A case study: to save, since nothing of a candidate's runs in this page; Markdown also to read here, as text. */
export function Solution({ file: { mediaType, sizeBytes }, load }: SolutionProps) {
  const { t, i18n } = useTranslation('desk');
  const ending = ENDINGS[mediaType];
  const [text, setText] = useState<string>();
  const fetching = useMutation({
    mutationFn: async (use: 'save' | 'read') => {
      const content = await load();
      if (use === 'read') setText(await content.text());
      else save(content);
    },
  });
  const size =
    sizeBytes === null
      ? ''
      : new Intl.NumberFormat(i18n.language, { style: 'unit', unit: 'kilobyte', maximumFractionDigits: 1 }).format(sizeBytes / 1000);
  return (
    <>
      <div className="row">
        <Button className="button primary" isPending={fetching.isPending} onPress={() => fetching.mutate('save')}>
          {t('caseStudy.save', { kind: (ending ?? '').toUpperCase(), size })}
        </Button>
        {mediaType === 'text/markdown' && (
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
    </>
  );
}
