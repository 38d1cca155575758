import { z } from 'zod';
import { instant, points, uuid } from '../../schemas.ts';

export const caseStudyView = z
  .object({
    attemptId: uuid,
    caseStudy: z.object({
      id: z.string(),
      title: z.string(),
      brief: z.string().meta({ description: 'Markdown' }),
      rubric: z
        .array(z.object({ id: z.string(), title: z.string(), points }))
        .meta({ description: 'What is looked at, and what it weighs. What earns the points is for graders alone' }),
    }),
    downloadedAt: instant,
    deadline: instant,
    submittedAt: instant.nullable(),
    serverTime: instant,
  })
  .meta({ id: 'CaseStudy' });
