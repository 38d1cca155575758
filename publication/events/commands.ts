import { z } from 'zod';
import { isStorable, TEXTS } from '../../domain/text.ts';
import { text } from '../text.ts';

/** Whether it fits its item the domain says, which knows the item. */
const answer = z.string().refine(isStorable, 'must be Unicode text without the character U+0000').meta({ description: TEXTS.answer.description });
const response = z.union([answer, z.array(answer)], { error: 'must be text, or a list of choice identifiers' });
const subject = (whose: string) => text(TEXTS.subject, whose);

/** What other systems may ask of us, with what each command carries: the source of the AsyncAPI document. */
export const COMMAND_SCHEMAS = {
  'attempt.register': {
    summary: 'Register a candidate for the newest version of an exam',
    data: z.strictObject({
      candidate: z.strictObject({
        subject: subject('As in the subject claim of the tokens that the candidate will use'),
        name: text(TEXTS.name, 'As it is to stand on the certificate'),
        email: text(TEXTS.mailAddress).optional(),
        locale: text(TEXTS.locale).optional(),
      }),
      examId: text(TEXTS.key),
    }),
  },
  'attempt.submit': {
    summary: 'Hand in the answers of an aptitude test that was sat elsewhere; starts the test where need be',
    data: z.strictObject({
      attemptId: z.uuid(),
      subject: subject('Of the candidate whose attempt it is'),
      responses: z
        .record(text(TEXTS.key), response)
        .refine((responses) => Object.keys(responses).length > 0, 'must have at least one answer')
        .meta({ description: 'By item: identifiers of choices, or text. What is left out counts as not answered', minProperties: 1 }),
    }),
  },
} as const;

export type CommandType = keyof typeof COMMAND_SCHEMAS;
export const COMMAND_TYPES = Object.keys(COMMAND_SCHEMAS) as readonly CommandType[];
export type CommandData<Type extends CommandType> = z.infer<(typeof COMMAND_SCHEMAS)[Type]['data']>;

/** The type of the CloudEvent that carries a command. */
export function commandType(type: CommandType): string {
  return `com.certifiable.command.${type}.v1`;
}

const ofCommand = {
  commandId: z.string().describe('The id of the command'),
  commandSource: z.string().describe('The source of the command'),
  commandType: z.string().optional().describe('The type of the command, where it had one'),
  attemptId: z.uuid().optional(),
};

/** What a command is answered with: the source of the AsyncAPI document. Never personal data. */
export const REPLY_SCHEMAS = {
  accepted: {
    summary: 'A command was carried out, now or when it came first',
    data: z.strictObject({
      ...ofCommand,
      attemptId: z.uuid(),
      submissionId: z.uuid().optional().describe('What was handed in'),
      receipt: z.string().optional().describe('A JWS that proves what was handed in and when; keys at /.well-known/jwks.json'),
    }),
  },
  refused: {
    summary: 'A command was refused; under the same id it stays refused',
    data: z.strictObject({
      ...ofCommand,
      problem: z.strictObject({
        code: z.string().describe('Stable; as in the problem details of the API'),
        detail: z.string(),
        fields: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
      }),
    }),
  },
} as const;

export type ReplyKind = keyof typeof REPLY_SCHEMAS;
export const REPLY_KINDS = Object.keys(REPLY_SCHEMAS) as readonly ReplyKind[];
export type ReplyData<Kind extends ReplyKind> = z.infer<(typeof REPLY_SCHEMAS)[Kind]['data']>;

export function replyType(kind: ReplyKind): string {
  return `com.certifiable.command.${kind}.v1`;
}

/** The systems whose commands are taken, by the source of their CloudEvents. */
export const allowedSourcesShape = {
  COMMAND_ALLOWED_SOURCES: z
    .string()
    .default('')
    .transform((list): readonly string[] =>
      list
        .split(',')
        .map((source) => source.trim())
        .filter((source) => source !== ''),
    ),
};
