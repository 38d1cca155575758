import { expect, it } from 'vitest';
import { centsFromAmount } from '../../domain/pay.ts';
import { amountOf } from './amounts.ts';

it('an amount is sent to the cent, as it was typed, and as the API reads it', () => {
  for (let cents = -2500; cents <= 2500; cents += 1) expect(centsFromAmount(amountOf(cents / 100) ?? '')).toBe(cents);
  expect(amountOf(8.29)).toBe('8.29');
  expect(amountOf(-0.05)).toBe('-0.05');
  expect(amountOf(1234.5)).toBe('1234.50');
  expect(amountOf(Number.NaN)).toBeUndefined();
});
