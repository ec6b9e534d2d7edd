import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSealer, type Keyring, singleKey } from '../../../services/sealing.ts';

const SECRET = 'a key for tests, long enough for everything';
const OTHER = 'another key, just as long as the first one';
const IDENTITY = 'registry_auth:default/demo/main';
const sealer = createSealer(singleKey(SECRET));

const ring = (active: string, keys: Record<string, string>): Keyring => ({
  keys: new Map(Object.entries(keys)),
  active,
});

test('what was sealed opens again, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, identity) => {
      expect(sealer.open(sealer.seal(text, identity), identity)).toBe(text);
    }),
  );
});

test('another sealer with the same key opens it', () => {
  const again = createSealer(singleKey(SECRET));
  expect(again.open(sealer.seal('hunter2', IDENTITY), IDENTITY)).toBe('hunter2');
});

test('it says which key has sealed it', () => {
  const named = createSealer(ring('new-1', { 'new-1': SECRET }));
  expect(named.activePrefix).toBe('g1:new-1:');
  expect(named.seal('x', IDENTITY).startsWith(named.activePrefix)).toBe(true);
});

test('the same text is never sealed the same way twice, and is not to be seen', () => {
  const sealed = new Set(Array.from({ length: 100 }, () => sealer.seal('hunter2', IDENTITY)));
  expect(sealed.size).toBe(100);
  for (const text of sealed) expect(bytesOf(text).includes('hunter2')).toBe(false);
});

test('every text has a data key of its own: no two ciphertexts of it share a wrapped key', () => {
  const wrapped = Array.from({ length: 50 }, () => bytesOf(sealer.seal('x', IDENTITY)).subarray(0, 60).toString('hex'));
  expect(new Set(wrapped).size).toBe(50);
});

describe('with several keys', () => {
  const old = createSealer(ring('old', { old: SECRET }));
  const both = createSealer(ring('new', { old: SECRET, new: OTHER }));
  const after = createSealer(ring('new', { new: OTHER }));

  test('each opens what it has sealed, and one seals', () => {
    const sealed = old.seal('hunter2', IDENTITY);
    expect(both.open(sealed, IDENTITY)).toBe('hunter2');
    expect(after.open(both.seal('hunter2', IDENTITY), IDENTITY)).toBe('hunter2');
    expect(() => after.open(sealed, IDENTITY)).toThrow("the key 'old', which is not configured");
  });

  test('an id cannot be exchanged for another, even one of the same key', () => {
    const twins = createSealer(ring('one', { one: SECRET, two: SECRET }));
    const sealed = twins.seal('hunter2', IDENTITY);
    expect(() => twins.open(sealed.replace('g1:one:', 'g1:two:'), IDENTITY)).toThrow(Error);
  });

  test('the active one has to be there', () => {
    expect(() => createSealer(ring('ghost', { old: SECRET }))).toThrow('ghost');
  });
});

describe('the format of before keys had ids', () => {
  const BEFORE = 'jTR7EghzGAcIAY/m+8rPNLk9OubuFnRi9MLcgE1xSPmLqvAsNkfzlda1t+bT';

  test('opens with the key that needs no id', () => {
    expect(sealer.open(BEFORE, IDENTITY)).toBe('hunter2 – ünï');
    const keyring = {
      keys: new Map(Object.entries({ default: SECRET, new: OTHER })),
      active: 'new',
      unnamed: 'default',
    };
    expect(createSealer(keyring).open(BEFORE, IDENTITY)).toBe('hunter2 – ünï');
  });

  test('does not open for another identity, or without that key', () => {
    expect(() => sealer.open(BEFORE, 'registry_auth:default/demo/other')).toThrow(Error);
    expect(() => createSealer(singleKey(OTHER)).open(BEFORE, IDENTITY)).toThrow(Error);
    expect(() => createSealer(ring('new', { new: SECRET })).open(BEFORE, IDENTITY)).toThrow('before keys had ids');
  });
});

describe('it does not open', () => {
  const sealed = sealer.seal('hunter2', IDENTITY);
  const head = sealer.activePrefix;

  test('for another identity', () => {
    expect(() => sealer.open(sealed, 'registry_auth:default/demo/other')).toThrow(Error);
    expect(() => sealer.open(sealed, '')).toThrow(Error);
  });

  test('with another key', () => {
    expect(() => createSealer(singleKey(OTHER)).open(sealed, IDENTITY)).toThrow(Error);
  });

  test('with any byte changed, and the message has neither key nor text', () => {
    const bytes = bytesOf(sealed);
    for (const index of bytes.keys()) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(bytes.readUInt8(index) ^ 1, index);
      const open = () => sealer.open(head + changed.toString('base64'), IDENTITY);
      expect(open).toThrow(/^it was sealed with another key or for something else, or was changed$/);
    }
  });

  test('cut short, prolonged or empty', () => {
    const bytes = bytesOf(sealed);
    for (const length of bytes.keys()) {
      expect(() => sealer.open(head + bytes.subarray(0, length).toString('base64'), IDENTITY)).toThrow(Error);
    }
    const longer = Buffer.concat([bytes, Buffer.from([0])]).toString('base64');
    expect(() => sealer.open(head + longer, IDENTITY)).toThrow(Error);
    for (const text of ['', 'g1:', 'g1::', 'g1:default:', 'g2:default:AAAA', 'nonsense']) {
      expect(() => sealer.open(text, IDENTITY), text).toThrow(Error);
    }
  });
});

function bytesOf(sealed: string): Buffer {
  return Buffer.from(sealed.slice(sealed.lastIndexOf(':') + 1), 'base64');
}
