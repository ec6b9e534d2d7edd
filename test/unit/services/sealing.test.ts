import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSealer } from '../../../services/sealing.ts';

const sealer = createSealer('a key for tests, long enough for everything');
const IDENTITY = 'registry_auth:default/demo/main';

test('what was sealed opens again, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, identity) => {
      expect(sealer.open(sealer.seal(text, identity), identity)).toBe(text);
    }),
  );
});

test('another sealer with the same key opens it', () => {
  const again = createSealer('a key for tests, long enough for everything');
  expect(again.open(sealer.seal('hunter2', IDENTITY), IDENTITY)).toBe('hunter2');
});

test('the same text is never sealed the same way twice, and is not to be seen', () => {
  const sealed = new Set(Array.from({ length: 100 }, () => sealer.seal('hunter2', IDENTITY)));
  expect(sealed.size).toBe(100);
  for (const text of sealed) expect(Buffer.from(text, 'base64').includes('hunter2')).toBe(false);
});

describe('it does not open', () => {
  const sealed = sealer.seal('hunter2', IDENTITY);

  test('for another identity', () => {
    expect(() => sealer.open(sealed, 'registry_auth:default/demo/other')).toThrow(Error);
    expect(() => sealer.open(sealed, '')).toThrow(Error);
  });

  test('with another key', () => {
    expect(() => createSealer('another key, just as long as the first one').open(sealed, IDENTITY)).toThrow(Error);
  });

  test('with any byte changed', () => {
    const bytes = Buffer.from(sealed, 'base64');
    for (const index of bytes.keys()) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(bytes.readUInt8(index) ^ 1, index);
      expect(() => sealer.open(changed.toString('base64'), IDENTITY)).toThrow(Error);
    }
  });

  test('cut short, prolonged or empty', () => {
    const bytes = Buffer.from(sealed, 'base64');
    for (const length of bytes.keys()) {
      expect(() => sealer.open(bytes.subarray(0, length).toString('base64'), IDENTITY)).toThrow(Error);
    }
    expect(() => sealer.open(Buffer.concat([bytes, Buffer.from([0])]).toString('base64'), IDENTITY)).toThrow(Error);
  });
});
