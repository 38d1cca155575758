import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { v5 as uuidv5 } from 'uuid';
import { z } from 'zod';
import type { AttemptFacts } from '../domain/attempt.ts';
import { Refusal, type FieldProblem } from '../domain/refusal.ts';
import { normalisedResponse, problemOfResponse, type ResponseValue } from '../domain/response.ts';
import { isStorable } from '../domain/text.ts';
import type { CommandHandler, Reply } from '../platform/brokers/command-source.ts';
import { errorKind } from '../platform/brokers/describe-error.ts';
import {
  COMMAND_SCHEMAS,
  COMMAND_TYPES,
  commandType,
  replyType,
  type CommandData,
  type CommandType,
  type ReplyData,
  type ReplyKind,
} from '../publication/events/commands.ts';
import type { Logger } from '../platform/logging.ts';
import type { Committed } from '../store/deliveries.ts';
import { outcomeOf, type CommandOutcome, type KeptRefusal } from '../store/commands.ts';
import type { IdempotencyKey } from '../store/context.ts';
import type { Fact } from '../store/deliveries.ts';
import { RESPONSE_PROBLEMS, type SavedResponse } from '../store/sittings/autosave.ts';
import type { FreezeResult } from '../store/sittings/freeze.ts';
import type { Store } from '../store/store.ts';

export type CommandStores = Pick<Store, 'attempts' | 'sittings' | 'commands'>;

export type CommandDependencies = {
  readonly store: CommandStores;
  /** Makes the workflow hear of a committed fact at once. Never fails and never waits. */
  readonly ring: (fact: Fact, committed: Committed) => void;
  readonly logger: Logger;
  /** The source of the replies. */
  readonly publicUrl: string;
  /** The sources of CloudEvents whose commands are taken. */
  readonly allowedSources: readonly string[];
};

/** The namespace of the ids of replies (RFC 9562, version 5). */
const REPLY_NAMESPACE = '6f1d0c5e-9d0f-4a5b-8a37-2f6c1f0f7b61';

/**
 * Carries out commands of other systems by what the API does for candidates. A command that comes twice has no second
 * effect and gets the same reply, byte for byte. What cannot be read, or comes from a source that is not allowed, is a dead
 * letter; what is refused is answered, and stays refused under its id. Throws while PostgreSQL is away, and for defects.
 */
export function createCommandHandler({ store, ring, logger, publicUrl, allowedSources }: CommandDependencies): CommandHandler {
  return async ({ body, origin }) => {
    const read = readCommand(body, allowedSources);
    if (read.kind === 'unreadable') {
      logger.warn({ origin, reason: read.reason }, 'a command cannot be read: it goes to the dead letters');
      return { deadLetter: { reason: read.reason }, ...(read.answer ? { reply: replyTo(read.answer, refusedWith(read.problem), publicUrl) } : {}) };
    }
    if (read.kind === 'invalid') {
      logger.info({ origin, code: read.problem.code }, 'a command is refused');
      return { reply: replyTo(read.command, refusedWith(read.problem), publicUrl) };
    }
    const { command } = read;
    try {
      const answer = await settle(command, { store, ring });
      const code = answer.kind === 'refused' ? answer.data.problem.code : undefined;
      logger.info({ origin, type: command.type, attemptId: answer.data.attemptId, code }, `a command is ${answer.kind}`);
      return { reply: replyTo(command, answer, publicUrl) };
    } catch (error) {
      logger.warn({ origin, type: command.type, problem: errorKind(error) }, 'a command could not be carried out: it must come again');
      throw error;
    }
  };
}

// What came in ----------------------------------------------------------------------------------------------------------

/** Whom a reply is for. `hash` tells apart what was sent under the same id. */
type Answerable = { readonly id: string; readonly source: string; readonly type: string | undefined; readonly hash: string };

type Command = {
  [Type in CommandType]: Answerable & { readonly type: string; readonly name: Type; readonly data: CommandData<Type> };
}[CommandType];

type Problem = ReplyData<'refused'>['problem'];

type Read =
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'invalid'; readonly command: Answerable; readonly problem: Problem }
  | { readonly kind: 'unreadable'; readonly reason: string; readonly answer?: undefined }
  | { readonly kind: 'unreadable'; readonly reason: string; readonly answer: Answerable; readonly problem: Problem };

/** Kept as part of a key; what is longer names nothing that we would answer. */
const attribute = z.string().min(1).max(500).refine(isStorable);
const identity = z.object({ id: attribute, source: attribute, type: attribute.optional().catch(undefined) });

const envelope = z.object({
  specversion: z.literal('1.0', 'must be "1.0"'),
  type: z.enum(COMMAND_TYPES.map(commandType), { error: `must be one of ${COMMAND_TYPES.map(commandType).join(', ')}` }),
  datacontenttype: z
    .string()
    .regex(/^application\/([\w.-]+\+)?json(\s*;.*)?$/i, 'must be application/json')
    .optional(),
  data: z.record(z.string(), z.unknown(), { error: 'must be a JSON object' }),
});

function readCommand(body: string, allowedSources: readonly string[]): Read {
  const event = parseJson(body);
  const from = identity.safeParse(event);
  if (!from.success) return { kind: 'unreadable', reason: event === undefined ? 'it is not JSON' : 'it is no CloudEvent with an id and a source' };
  const { id, source, type } = from.data;
  // Not answered: whoever may write to the queue could speak in another system's name.
  if (!allowedSources.includes(source)) return { kind: 'unreadable', reason: 'its source is not allowed' };

  const parsed = envelope.safeParse(event);
  if (!parsed.success) {
    const problem = validationFailed(fieldsOf(parsed.error, []));
    return {
      kind: 'unreadable',
      reason: problem.fields?.map(({ path, message }) => `${path} ${message}`).join('; ') ?? problem.detail,
      problem,
      answer: { id, source, type, hash: hashOf(body) },
    };
  }
  const name = COMMAND_TYPES.find((candidate) => commandType(candidate) === parsed.data.type);
  if (!name) throw new TypeError('the schema allows the types that there are');
  const data = COMMAND_SCHEMAS[name].data.safeParse(parsed.data.data);
  if (!data.success) {
    const problem = validationFailed(fieldsOf(data.error, ['data']));
    return { kind: 'invalid', problem, command: { id, source, type, hash: hashOf(body) } };
  }
  const hash = hashOf(canonicalize(parsed.data.data) ?? '');
  return { kind: 'command', command: { id, source, type: parsed.data.type, hash, name, data: data.data } as Command };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function fieldsOf(error: z.ZodError, place: readonly string[]): readonly FieldProblem[] {
  const pathOf = (path: readonly PropertyKey[]) => [...place, ...path.map(String)].join('.');
  return error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: pathOf([...issue.path, key]), message: 'is not a field of this command' }));
    return [{ path: pathOf(issue.path), message: issue.message }];
  });
}

function validationFailed(fields: readonly FieldProblem[]): Problem {
  const paths = [...new Set(fields.map(({ path }) => path))];
  return { code: 'validation_failed', detail: `The command is not valid: ${paths.join(', ')}. Nothing was changed.`, fields: [...fields] };
}

// What goes out ---------------------------------------------------------------------------------------------------------

type OwnData<Kind extends ReplyKind> = Omit<ReplyData<Kind>, 'commandId' | 'commandSource' | 'commandType'>;
type Answer = { readonly kind: 'accepted'; readonly data: OwnData<'accepted'> } | { readonly kind: 'refused'; readonly data: OwnData<'refused'> };

function refusedWith(problem: Problem, attemptId?: string): Answer {
  return { kind: 'refused', data: { ...(attemptId === undefined ? {} : { attemptId }), problem } };
}

/** Without a time: a repeat of the reply is the same in every byte. */
function replyTo({ id, source, type, hash }: Answerable, { kind, data }: Answer, publicUrl: string): Reply {
  const replyId = uuidv5(JSON.stringify([source, id, type, hash]), REPLY_NAMESPACE);
  return {
    specversion: '1.0',
    id: replyId,
    source: publicUrl,
    type: replyType(kind),
    subject: data.attemptId === undefined ? `commands/${id}` : `attempts/${data.attemptId}`,
    datacontenttype: 'application/json',
    partitionkey: data.attemptId ?? replyId,
    data: { commandId: id, commandSource: source, ...(type === undefined ? {} : { commandType: type }), ...data },
  } as Reply;
}

// What is done ----------------------------------------------------------------------------------------------------------

type Work = Pick<CommandDependencies, 'store' | 'ring'>;

/** Carries a command out, or tells what became of it when it came first. */
async function settle(command: Command, work: Work): Promise<Answer> {
  const idempotency = { actor: `source:${command.source}`, operation: command.type, key: command.id, requestHash: command.hash };
  const attemptId = command.name === 'attempt.submit' ? command.data.attemptId : undefined;
  try {
    return { kind: 'accepted', data: await carryOut(command, idempotency, work) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const refusal = keptRefusal(error);
    // The key is another request's: what holds for that one must not be touched.
    if (refusal.code === 'idempotency_key_reused') return refusedWith(problemOf(refusal), attemptId);
    const outcome = await work.store.commands.refuse(idempotency, refusal);
    // Another delivery of the same command was faster, and it was accepted: its result is found now.
    return outcome.kind === 'done' ? settle(command, work) : refusedWith(problemOf(outcome.refusal), attemptId);
  }
}

function carryOut(command: Command, idempotency: IdempotencyKey, work: Work): Promise<OwnData<'accepted'>> {
  switch (command.name) {
    case 'attempt.register':
      return register(command.data, idempotency, work);
    case 'attempt.submit':
      return submit(command.data, idempotency, work);
  }
}

async function register(data: CommandData<'attempt.register'>, idempotency: IdempotencyKey, { store, ring }: Work): Promise<OwnData<'accepted'>> {
  const { candidate, examId } = data;
  const committed = resultOf(outcomeOf(await store.attempts.register({ ...candidate, examId, idempotency }))) as Committed;
  ring('registered', committed);
  return { attemptId: committed.attemptId };
}

/**
 * Hands a whole test in. Everything is checked before anything is started or saved. An answer that the candidate gave here
 * is never overwritten: a command that says otherwise is refused.
 */
async function submit(data: CommandData<'attempt.submit'>, idempotency: IdempotencyKey, { store, ring }: Work): Promise<OwnData<'accepted'>> {
  const { attemptId, subject } = data;
  const responses = Object.fromEntries(Object.entries(data.responses).map(([itemId, value]) => [itemId, normalisedResponse(value)]));
  const before = await store.commands.outcome(idempotency);
  if (before) return receiptOf(attemptId, resultOf(before) as FreezeResult);

  const { facts } = await store.attempts.read({ attemptId, subject });
  const exam = await store.sittings.examOf(attemptId);
  refuseProblems(Object.entries(responses), (itemId) => exam.items.find((item) => item.id === itemId));
  const sitting = facts.sittings.aptitude;
  const saved = sitting ? await store.sittings.responses(sitting.sittingId) : [];
  refuseOthersAnswers(facts, { saved, responses });

  if (!sitting) ring('started', await store.sittings.start({ attemptId, subject }));
  for (const [itemId, value] of Object.entries(responses)) {
    if (saved.some((response) => response.itemId === itemId)) continue;
    await store.sittings.saveResponse({ attemptId, subject, itemId, value, sequence: 1 });
  }
  const result = resultOf(outcomeOf(await store.sittings.submit({ attemptId, subject, test: 'aptitude', idempotency }))) as FreezeResult;
  if (result.kind === 'frozen') ring('submitted', { attemptId, deliveryId: result.deliveryId });
  return receiptOf(attemptId, result);
}

function receiptOf(attemptId: string, result: FreezeResult): OwnData<'accepted'> {
  if (result.kind !== 'frozen') throw new TypeError('a candidate may submit at any time before the deadline');
  // A sitting that was closed without a submission.
  if (!result.submission) throw new Refusal('wrong_phase', 'The attempt is withdrawn.');
  const { submissionId, receipt } = result.submission;
  return { attemptId, submissionId, receipt };
}

function refuseProblems(
  responses: readonly (readonly [itemId: string, value: ResponseValue])[],
  itemOf: (itemId: string) => Parameters<typeof problemOfResponse>[0],
): void {
  const fields = responses.flatMap(([itemId, value]) => {
    const problem = problemOfResponse(itemOf(itemId), value);
    return problem === undefined ? [] : [{ path: `data.responses.${itemId}`, message: RESPONSE_PROBLEMS[problem] }];
  });
  if (fields.length > 0)
    throw new Refusal('response_invalid', 'There are answers that do not fit their items. Nothing was started or saved.', { fields });
}

/** What is saved may be a part of this command, cut off before; anything else is the candidate's own. */
function refuseOthersAnswers(
  facts: AttemptFacts,
  { saved, responses }: { saved: readonly SavedResponse[]; responses: Readonly<Record<string, ResponseValue>> },
): void {
  const sitting = facts.sittings.aptitude;
  if (!sitting) return;
  const isOurs = saved.every(
    ({ itemId, value }) => Object.hasOwn(responses, itemId) && canonicalize(responses[itemId]) === canonicalize(normalisedResponse(value)),
  );
  const isWhole = isOurs && saved.length === Object.keys(responses).length;
  if (sitting.frozenAt !== null && !isWhole) {
    if (sitting.frozenAt === sitting.deadline) throw new Refusal('deadline_passed', 'The time is up. What was saved in time has been submitted.');
    throw new Refusal('wrong_phase', 'The test is closed: it was submitted with other answers, or withdrawn.');
  }
  if (!isOurs) throw new Refusal('stale_sequence', 'The candidate has answered here, and not as this command says. Nothing was changed.');
}

/** What the work under the command's key returned. Refused when the key holds a refusal instead, and the work was not done. */
function resultOf(outcome: CommandOutcome): object {
  if (outcome.kind === 'done') return outcome.result;
  const { code, detail, fields } = outcome.refusal;
  throw new Refusal(code, detail, fields ? { fields } : {});
}

function keptRefusal({ code, message, details }: Refusal): KeptRefusal {
  return { code, detail: message, ...(details.fields ? { fields: details.fields } : {}) };
}

function problemOf({ code, detail, fields }: KeptRefusal): Problem {
  return { code, detail, ...(fields ? { fields: [...fields] } : {}) };
}
