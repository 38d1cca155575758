import { encode } from 'uqr';
import { expect, test } from 'vitest';
import { qrCodeSvg } from './qr-code.ts';

test('the drawing shows every module of the code and no other', () => {
  const text = 'https://certifiable.example/register/36c5db12-943a-4a55-a16b-2ef85df6e822';
  const { data, size } = encode(text, { ecc: 'M', border: 0 });
  const drawn = Array.from({ length: size }, () => Array.from({ length: size }, () => false));
  for (const [, x, y, width] of qrCodeSvg(text).matchAll(/M(\d+) (\d+)h(\d+)/g)) drawn[Number(y)]?.fill(true, Number(x), Number(x) + Number(width));

  expect(drawn).toEqual(data);
});
