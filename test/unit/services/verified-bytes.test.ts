import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { verified } from '../../../services/verified-bytes.ts';

const bytes = randomBytes(300_000);
const stored = { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };

const slices = (of: Buffer) =>
  Readable.from(
    (function* () {
      for (let at = 0; at < of.length; at += 65_536) yield of.subarray(at, at + 65_536);
    })(),
    { objectMode: false },
  );

test('good bytes pass', async () => {
  expect((await buffer(verified(slices(bytes), stored, 'it'))).equals(bytes)).toBe(true);
  const nothing = { size: 0, sha256: createHash('sha256').digest('hex') };
  expect(await buffer(verified(slices(Buffer.alloc(0)), nothing, 'it'))).toHaveLength(0);
});

test.each([
  ['one bit', () => Buffer.concat([bytes.subarray(0, 100), Buffer.from([bytes[100]! ^ 1]), bytes.subarray(101)])],
  ['the last byte', () => Buffer.concat([bytes.subarray(0, -1), Buffer.from([bytes.at(-1)! ^ 1])])],
  ['a missing end', () => bytes.subarray(0, 200_000)],
  ['something behind it', () => Buffer.concat([bytes, Buffer.from('x')])],
  ['nothing at all', () => Buffer.alloc(0)],
])('with %s that is wrong they are never delivered whole', async (_name, damage) => {
  const stream = verified(slices(damage()), stored, "object 'key'");
  const seen: Buffer[] = [];
  const reading = (async () => {
    for await (const chunk of stream as AsyncIterable<Buffer>) seen.push(chunk);
  })();
  await expect(reading).rejects.toMatchObject({
    kind: 'unavailable',
    message: "object 'key' is damaged: its bytes are not those that were stored",
  });
  expect(Buffer.concat(seen).length).toBeLessThan(bytes.length);
});

test('what fails while it is read fails the same way', async () => {
  const broken = new Readable({ read: () => broken.destroy(new Error('the disk is broken')) });
  await expect(buffer(verified(broken, stored, 'it'))).rejects.toThrow('the disk is broken');
});

test('letting go of them lets go of what is read, begun or not', async () => {
  for (const begin of [false, true]) {
    const source = slices(bytes);
    const stream = verified(source, stored, 'it');
    if (begin) await new Promise((resolve) => stream.once('readable', resolve));
    const closed = new Promise((resolve) => source.once('close', resolve));
    stream.destroy();
    await closed;
    expect(source.destroyed).toBe(true);
  }
});
