import { z } from 'zod';
import { instant, points, uuid } from '../../schemas.ts';

export const caseStudyView = z
  .object({
    attemptId: uuid,
    caseStudy: z.object({
      id: z.string(),
      title: z.string(),
      brief: z.string().meta({ description: 'Markdown' }),
      rubric: z.array(z.object({ id: z.string(), title: z.string(), description: z.string(), points })),
    }),
    downloadedAt: instant,
    deadline: instant,
    submittedAt: instant.nullable(),
    serverTime: instant,
  })
  .meta({ id: 'CaseStudy' });
