import type { Locator, Page } from 'playwright-core';

/** The desk as a test or a trial finds its way about a script, in English and German. */

export const part = (page: Page, number: number): Locator => page.getByRole('region', { name: new RegExp(`^(Part|Teil) ${number}$`) });

export const points = (page: Page, number: number): Locator => part(page, number).getByRole('textbox', { name: /^(Points|Punkte)/ });

export const reason = (page: Page, number: number): Locator => part(page, number).getByRole('textbox', { name: /^(Why|Remark|Warum|Anmerkung)/ });
