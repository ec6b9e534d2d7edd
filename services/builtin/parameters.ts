import { invalid, type Problem } from '../../core/errors.ts';
import { formatDuration, parseDuration } from '../../core/duration.ts';
import type { Values } from './contract.ts';

/** Bounds of a duration, in milliseconds. */
interface DurationBounds {
  readonly min?: number;
  readonly max?: number;
}

/**
 * Reads parameters or settings, which are texts, as what they stand for, and collects what is wrong with them. A key may be
 * written in lower or upper case, because the containers of the original want settings in upper case.
 */
export class ParameterReader {
  readonly #values: Values;
  readonly #problems: Problem[] = [];

  constructor(values: Values) {
    this.#values = values;
  }

  /** Undefined if it is missing or empty. */
  optional(key: string): string | undefined {
    const value = this.#values[key] ?? this.#values[key.toUpperCase()];
    return value === undefined || value === '' ? undefined : value;
  }

  required(key: string): string {
    const value = this.optional(key);
    if (value === undefined) this.#problems.push({ path: key, message: 'is required' });
    return value ?? '';
  }

  choice<Choice extends string>(key: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.optional(key);
    const choice = choices.find((each) => each === value);
    if (value !== undefined && choice === undefined) this.fail(key, `must be one of ${choices.join(', ')}`);
    return choice;
  }

  /** In milliseconds. */
  duration(key: string, { min = 0, max = Infinity }: DurationBounds = {}): number | undefined {
    const value = this.optional(key);
    if (value === undefined) return undefined;
    const duration = parseDuration(value);
    if (duration === undefined) this.fail(key, 'must be a duration such as 90s, 5m or 1h30m');
    else if (duration < min) this.fail(key, `must be at least ${formatDuration(min)}`);
    else if (duration > max) this.fail(key, `must be at most ${formatDuration(max)}`);
    return duration;
  }

  /** A whole number from `min` to `max`. */
  count(key: string, min: number, max: number): number | undefined {
    const value = this.optional(key);
    if (value === undefined) return undefined;
    const count = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (!(count >= min && count <= max)) this.fail(key, `must be a whole number from ${min} to ${max}`);
    return count;
  }

  /** What `parse` makes of the text; a sentence that it returns instead says what is wrong. */
  parsed<T extends object>(key: string, text: string, parse: (text: string) => T | string): T | undefined {
    const result = parse(text);
    if (typeof result !== 'string') return result;
    this.fail(key, result);
    return undefined;
  }

  /** Notes that the value of a key is wrong. */
  fail(key: string, message: string): void {
    this.#problems.push({ path: key, value: this.optional(key), message });
  }

  /** Notes that the value of a key is wrong, without a word about the value. */
  refuse(key: string, message: string): void {
    this.#problems.push({ path: key, message });
  }

  /** @throws GoferError `invalid` with all that is wrong */
  finish(summary = 'the parameters are not valid'): void {
    if (this.#problems.length > 0) throw invalid(summary, this.#problems);
  }
}
