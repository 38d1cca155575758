import { readArguments } from './arguments.ts';
import { runCommand } from './command.ts';
import { withoutRetired } from './environment-file.ts';
import { changeEnvironment } from './environments.ts';

/** `node deploy/release/drop-retired.ts --environment NAME --build COMMIT12`: once no attempt is open on that build. */
await runCommand(async () => {
  const { environment, build } = readArguments(['environment', 'build']);
  await changeEnvironment(environment, (text) => withoutRetired(text, build));
  console.log(`${environment}: build ${build} is retired no more, its pool goes`);
});
