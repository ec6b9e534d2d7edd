/**
 * A build with every kind of edge, about five seconds long:
 *
 *                  .-> compile ---.-> package -------.
 *     fetch ------+--> unit-tests -+-> publish -------+--> report
 *                  '-> lint ------'                   |
 *                       '------------> alarm ---------'
 *
 * `lint` fails on purpose, so the run ends `failed`:
 * - `fetch`, `compile`, `unit-tests` end `successful`, and so does `package`, which needs only the latter two;
 * - `lint` ends `failed` with exit code 57;
 * - `publish` needs all three to succeed and is `skipped`;
 * - `alarm` runs because `lint` failed, and `report` runs whatever happened: both end `successful`.
 *
 * `expected.ts` says the same to programs.
 */
import { pipeline, task } from 'gofer/sdk';

const fetch = task('fetch', 'gofer/base:1').description('gets the sources').script(`
  echo "fetching sources"
  sleep 1
  echo "fetched 3 files"
`);

const compile = task('compile', 'gofer/debug/log:1')
  .description('takes its time and says so')
  .dependsOn(fetch, 'Success')
  .variables({ LOGS_HEADER: 'compiling', LOGS_INTERVAL: '150ms' });

const unitTests = task('unit-tests', 'gofer/base:1').description('all green').dependsOn(fetch, 'Success').script(`
  for suite in core api cli; do
    echo "suite $suite: ok"
    sleep 1
  done
`);

const lint = task('lint', 'gofer/debug/fail:1')
  .description('fails on purpose')
  .dependsOn(fetch, 'Success')
  .variable('FAIL_AFTER', '1s');

const bundle = task('package', 'gofer/base:1')
  .description('needs compile and unit-tests')
  .dependsOnMany({ compile: 'Success', 'unit-tests': 'Success' })
  .command('echo', 'packed app-1.0.tar.gz');

const publish = task('publish', 'gofer/base:1')
  .description('never runs, because lint fails')
  .dependsOnMany({ compile: 'Success', 'unit-tests': 'Success', lint: 'Success' })
  .command('echo', 'this line is never printed');

const alarm = task('alarm', 'gofer/base:1')
  .description('runs only if lint fails')
  .dependsOn(lint, 'Failure')
  .command('echo', 'lint is unhappy: nothing will be published');

const report = task('report', 'gofer/base:1')
  .description('runs whatever happened')
  .dependsOnMany({ package: 'Any', publish: 'Any', alarm: 'Any' })
  .script('echo "run $GOFER_RUN_ID of $GOFER_PIPELINE_ID is over"');

pipeline('dag', 'A graph of tasks')
  .description('Fan-out, fan-in, and success, failure and any edges.')
  .tasks(fetch, compile, unitTests, lint, bundle, publish, alarm, report)
  .finish();
