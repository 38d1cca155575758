import { encode } from 'uqr';
import { expect, test } from 'vitest';
import { qrCodeSvg } from './qr-code.ts';

test('the drawing shows every module of the code and no other', () => {
  const text = 'https://certifiable.example/certificates/k7Jq2mVx9PfD3wTz';
  const { data, size } = encode(text, { ecc: 'M', border: 0 });
  const drawn = Array.from({ length: size }, () => Array.from({ length: size }, () => false));
  for (const [, x, y, width] of qrCodeSvg(text).matchAll(/M(\d+) (\d+)h(\d+)/g)) drawn[Number(y)]?.fill(true, Number(x), Number(x) + Number(width));

  expect(drawn).toEqual(data);
});
