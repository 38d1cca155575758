import type { TestProject } from 'vitest/node';
import { provideDatabase, provideTemporal } from './servers.ts';

/** What needs Temporal needs a database too. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stops = await Promise.all([provideDatabase(project), provideTemporal(project)]);
  return async () => {
    await Promise.all(stops.map((stop) => stop()));
  };
}
