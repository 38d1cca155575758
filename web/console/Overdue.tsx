import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { live } from '../frame/query.ts';
import { instantText } from '../frame/time.ts';
import { listOverdue } from '../generated/client.ts';

const REFRESH_SECONDS = 60;

/** Results that were promised for before now, by exam, and who holds work of them. */
export function Overdue() {
  const { t, i18n } = useTranslation('console');
  const overdue = useQuery({ queryKey: ['overdue'], queryFn: () => listOverdue(), ...live(REFRESH_SECONDS) });
  return (
    <Page title={t('overdue.title')}>
      <Loaded query={overdue}>
        {({ exams }) =>
          exams.length === 0 ? (
            <p className="empty">{t('overdue.none')}</p>
          ) : (
            <div className="cards">
              {exams.map(({ examId, version, attempts, oldestDueAt, holders, unheld }) => (
                <article className="card" key={`${examId} ${version}`}>
                  <h2>
                    {examId} {version}
                  </h2>
                  <p>
                    {t('overdue.attempts', { count: attempts })} {t('overdue.oldest', { when: instantText(oldestDueAt, i18n.language) })}
                  </p>
                  <ul>
                    {holders.map(({ grader, attempts: held }) => (
                      <li key={grader}>{t('overdue.heldBy', { grader, count: held })}</li>
                    ))}
                    {unheld > 0 && <li>{t('overdue.unheld', { count: unheld })}</li>}
                  </ul>
                </article>
              ))}
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}
