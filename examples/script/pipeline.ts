/** Three ways to say what a container runs: a command, a script in the program, a script in a file. Ends `successful`. */
import { readFileSync } from 'node:fs';
import { pipeline, task } from 'gofer/sdk';

const inline = task('inline', 'gofer/base:1').description('words, without a shell').command('echo', 'no shell here');

const multiLine = task('multi-line', 'gofer/base:1')
  .description('shell text in the program')
  .dependsOn(inline, 'Success').script(`
    set -eu
    for number in 1 2 3; do
      echo "line $number"
    done
  `);

const fromFile = task('from-file', 'gofer/base:1')
  .description('shell text in a file')
  .dependsOn(inline, 'Success')
  .script(readFileSync(new URL('report.sh', import.meta.url), 'utf8'));

pipeline('script', 'Scripts')
  .description('Runs a command and two shell scripts.')
  .tasks(inline, multiLine, fromFile)
  .finish();
