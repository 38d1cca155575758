import { Failure } from '../platform/failure.ts';

/** This machine lacks what a server needs to run. The message says what it is and what to do; tests skip on it alone. */
export class MissingRequirement extends Failure {
  constructor(message: string, cause: unknown) {
    super(`${message} (${cause instanceof Error ? cause.message.trim().slice(-300) : String(cause)})`, { cause });
    this.name = 'MissingRequirement';
  }
}
