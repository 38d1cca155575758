import { describeError } from '../../platform/brokers/describe-error.ts';
import type { RegisterReadModel } from '../../publication/register/read-model.ts';
import { CommandError, type CommandContext } from '../command.ts';

/** The register that the workers' settings name. Throws a CommandError that says why it cannot be used. */
export async function readyRegister({ connections }: CommandContext): Promise<RegisterReadModel> {
  const register = await connections.register();
  await register.prepare().catch(async (error: unknown) => {
    const { isDatabaseUnavailable } = await import('../../store/context.ts');
    throw isDatabaseUnavailable(error) ? error : new CommandError(`the register is not ready: ${describeError(error)}`);
  });
  return register;
}
