import { createRequire } from 'node:module';

/** HCL's own parser, compiled to WebAssembly. Required and not imported: its declarations would bring the browser's types into every file. */
const hcl = createRequire(import.meta.url)('@cdktn/hcl2json') as {
  parse(fileName: string, text: string): Promise<object>;
  getReferencesInExpression(fileName: string, expression: string): Promise<readonly { readonly value: string }[]>;
};

/** Blocks and arguments as JSON, expressions as templates. Throws, naming the file and the line, when it is not HCL. */
export function parseHcl(fileName: string, text: string): Promise<object> {
  return hcl.parse(fileName, text);
}

/** What a template reads, such as `var.name` and `aws_vpc.this.id`; names that a `for` gives are left out. */
export async function referencesInTemplate(fileName: string, template: string): Promise<readonly string[]> {
  return (await hcl.getReferencesInExpression(fileName, template)).map(({ value }) => value);
}
