import type { CloudEvent } from './event-sink.ts';

type IncomingCommand = {
  readonly body: string;
  /** The broker and the position there, for logs. */
  readonly origin: string;
};

/** A CloudEvent; these attributes are what brokers need of it. */
export type Reply = object & Pick<CloudEvent, 'id' | 'source' | 'type' | 'partitionkey'>;

export type CommandOutcome = { readonly reply?: Reply; readonly deadLetter?: { readonly reason: string } };

/** Idempotent: a command may come more than once. It throws only when trying again may help. */
export type CommandHandler = (command: IncomingCommand) => Promise<CommandOutcome>;

/**
 * A message is acknowledged only after its reply and its dead letter were accepted by the broker. A handler that throws
 * gets the message again, with back-off, while commands of other keys go on.
 */
export type CommandSource = {
  readonly name: string;
  /** Once. Resolves when stopped, with no handler under way; an absent broker is waited for. */
  readonly run: (handle: CommandHandler) => Promise<void>;
  readonly stop: () => void;
};
