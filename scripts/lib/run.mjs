import { spawn } from 'node:child_process';

/** A failure whose message is all the user needs: what, why, and what to do. No stack is printed for it. */
export class SetupError extends Error {}

/** Prints one line of progress. */
export function say(line) {
  process.stdout.write(`setup: ${line}\n`);
}

/**
 * Runs a program and resolves with its standard output. Its output is kept back and becomes part of the error if it
 * fails, so that a good run stays readable. `timeout` is in milliseconds.
 */
export function run(command, args, { cwd, env, timeout = 900_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout,
    });
    let stdout = '';
    let all = '';
    const collect = (text) => {
      all = (all + text).slice(-16_384);
    };
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      collect(text);
    });
    child.stderr.setEncoding('utf8').on('data', collect);
    child.on('error', (error) => reject(new SetupError(`cannot run ${command}: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(stdout);
      const how = signal ? `was ended by ${signal}` : `exited with ${code}`;
      reject(new SetupError(`${command} ${args.join(' ')} ${how}:\n${lastLines(all, 20)}`));
    });
  });
}

/** True if the program exists and ends well. */
export async function works(command, args) {
  return run(command, args, { timeout: 20_000 }).then(
    () => true,
    () => false,
  );
}

export function lastLines(text, count) {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
