/**
 * Kills parts of a Gofer at random moments while it runs hundreds of runs, and then looks whether anything was lost:
 *
 *   npm run test:chaos [-- --seed 1] [-- --runs 240] [-- --kills 60]
 */
import { parseArgs } from 'node:util';
import { runChaos } from '../test/chaos/run-chaos.ts';

const { values: flags } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    runs: { type: 'string', default: '240' },
    kills: { type: 'string', default: '60' },
  },
});
console.log(`seed ${flags.seed}`);
const { kills, checks } = await runChaos({
  seed: Number(flags.seed),
  runs: Number(flags.runs),
  kills: Number(flags.kills),
  say: (line) => console.log(`${new Date().toISOString()} ${line}`),
});
console.log('\n| killed | times |\n| --- | ---: |');
for (const [victim, times] of Object.entries(kills)) console.log(`| ${victim} | ${times} |`);
console.log('\n| check | looked at | wrong |\n| --- | ---: | ---: |');
for (const { name, looked, wrong } of checks) console.log(`| ${name} | ${looked} | ${wrong.length} |`);
for (const { wrong } of checks) for (const line of wrong.slice(0, 20)) console.log(line);
const failed = checks.filter(({ wrong }) => wrong.length > 0).length;
console.log(`\n${checks.length - failed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
