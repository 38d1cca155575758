import { readArguments } from './arguments.ts';
import { runCommand } from './command.ts';
import { withRelease } from './environment-file.ts';
import { changeEnvironment } from './environments.ts';

/** `node deploy/release/set-release.ts --environment NAME --digest sha256:… --build COMMIT12`: what an environment runs next. */
await runCommand(async () => {
  const { environment, digest, build } = readArguments(['environment', 'digest', 'build']);
  await changeEnvironment(environment, (text) => withRelease(text, { buildId: build, digest }));
  console.log(`${environment}: build ${build}, ${digest}`);
});
