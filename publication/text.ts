import { z } from 'zod';
import type { TextRule } from '../domain/text.ts';

/** A field that takes a text by its rule (domain/text.ts) and hands it on as it is kept. `meaning` says what it is for. */
export function text(rule: TextRule, meaning?: string): z.ZodString {
  return z
    .string()
    .overwrite(rule.normalise)
    .check(({ value, issues }) => {
      const message = rule.problem(value);
      if (message !== undefined) issues.push({ code: 'custom', input: value, message });
    })
    .meta({ description: [meaning, rule.description].filter((part) => part !== undefined).join('. ') });
}
