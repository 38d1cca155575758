import { writeFile } from 'node:fs/promises';
import { format } from 'prettier';
import { readCommandLine } from '../../platform/arguments.ts';
import { dashboardFiles } from './dashboards.ts';

/** `npm run dashboards`: writes the JSON that Grafana imports from what dashboards.ts says. A test holds the two together. */
readCommandLine('Usage: npm run dashboards, without options', {});
const directory = new URL('../helm/certifiable/monitoring/dashboards/', import.meta.url);
for (const [name, json] of dashboardFiles()) await writeFile(new URL(name, directory), await format(json, { parser: 'json', printWidth: 150 }));
