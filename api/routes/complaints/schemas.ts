import { z } from 'zod';
import { COMPLAINT_MATTERS } from '../../../domain/complaint.ts';
import { TEXTS } from '../../../domain/text.ts';
import { text } from '../../../publication/text.ts';
import { instant, next, page, uuid } from '../../schemas.ts';

export const complaintParams = z.object({ complaintId: uuid });

const about = z.enum(COMPLAINT_MATTERS).meta({ description: 'How somebody behaved, what did not work, or something else' });

export const newComplaint = z
  .strictObject({ about, text: text(TEXTS.complaint, 'In your own words. Staff read it; nobody who marks does') })
  .meta({ id: 'NewComplaint' });

export const newAnswer = z
  .strictObject({ text: text(TEXTS.complaint, 'What the candidate reads. It is audited, and never changes') })
  .meta({ id: 'NewComplaintAnswer' });

const complaint = {
  id: uuid,
  about,
  text: z.string(),
  filedAt: instant,
  answer: z.string().nullable().meta({ description: 'Null until there is one' }),
  answeredAt: instant.nullable(),
};

export const ownComplaints = z
  .object({ complaints: z.array(z.object(complaint).meta({ id: 'OwnComplaint' })).meta({ description: 'Oldest first' }) })
  .meta({ id: 'OwnComplaints' });

export const complaintQuery = z.strictObject({
  open: z.enum(['true']).optional().meta({ description: 'Those alone that wait for an answer' }),
  attemptId: uuid.optional(),
  ...page,
});

export const complaintList = z
  .object({
    complaints: z.array(
      z
        .object({ ...complaint, attemptId: uuid, examId: z.string(), examVersion: z.string(), answeredBy: z.string().nullable() })
        .meta({ id: 'Complaint' }),
    ),
    next,
  })
  .meta({ id: 'Complaints' });
