import { pino, type Logger } from 'pino';
import type { ServerConfig } from './config.ts';

/** The program's log: JSON lines on standard error, so that standard output is free for answers, or in a file. */
export function createLogger(config: ServerConfig, destination: string | number = 2): Logger {
  const redact = { paths: ['req.headers.authorization', '*.password', '*.secret', '*.token'], censor: '[Redacted]' };
  const options = { level: config.api.log_level, redact };
  if (!config.development.pretty_logging) return pino(options, pino.destination(destination));
  const target = 'pino-pretty';
  return pino({ ...options, transport: { target, options: { destination, ignore: 'pid,hostname' } } });
}
