import type { Token } from '../../sdk/wire.ts';
import { type Paint, paintStatus } from './paint.ts';
import { formatColumns } from './table.ts';
import { formatTime, type TimeStyle } from './time.ts';

/** Whether the server accepts it now. */
export function isActive({ disabled, expires }: Token, now: number): boolean {
  return !disabled && (expires === 0 || expires > now);
}

/** The lines of `token get` and `token whoami`. */
export function tokenLayout(token: Token, paint: Paint, time: TimeStyle): string[] {
  const { id, user, roles, metadata, created, expires } = token;
  const notes = Object.entries(metadata).map(([key, value]) => `${key}=${value}`);
  return [
    `Token ${paint('blue', id)}`,
    '',
    ...formatColumns([
      ['  User:', user],
      ['  Roles:', roles.join(', ') || 'None'],
      ['  Metadata:', notes.join(', ') || 'None'],
      ['  Created:', formatTime(created, 'Unknown', time)],
      ['  Expires:', formatTime(expires, 'Never', time)],
      ['  Active:', { text: String(isActive(token, time.now)), paint: (text) => paintStatus(paint, text) }],
    ]),
  ];
}
