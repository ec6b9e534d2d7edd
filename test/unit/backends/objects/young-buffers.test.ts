import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { notePassed } from '../../../../backends/objects/young-buffers.ts';

const PIECE = 64 * 1024;
const MIB = 1024 * 1024;

const inBuffers = () => process.memoryUsage().arrayBuffers / MIB;

test('buffers that have passed are let go of soon', () => {
  const before = inBuffers();
  let most = 0;
  for (let passed = 0; passed < 256 * MIB; passed += PIECE) {
    notePassed(Buffer.allocUnsafeSlow(PIECE).fill(1).length);
    most = Math.max(most, inBuffers() - before);
  }
  expect(most).toBeLessThan(16);
});

test('nobody else gets to see how', () => {
  expect(runInNewContext('typeof gc')).toBe('undefined');
});
