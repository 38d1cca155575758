// Plain JavaScript, so that the old Node it warns of can read it. Runs before the npm scripts that need Node 24.
const neededMajor = 24;

if (Number(process.versions.node.split('.')[0]) < neededMajor) {
  console.error(
    [
      `This project runs on Node ${neededMajor}, which it brings along as the npm package "node", but Node ${process.versions.node} is running.`,
      'Most likely npm was told not to run install scripts. Either',
      "  npm rebuild node --ignore-scripts=false     fetches the project's own Node, or",
      `  install Node ${neededMajor} or newer yourself          (https://nodejs.org), then run "npm ci" again.`,
    ].join('\n'),
  );
  process.exit(1);
}
