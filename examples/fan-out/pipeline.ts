/**
 * One task for each file: the program reads a folder, so the graph has as many tasks as there are files when it is
 * registered. A new file is a new version of the pipeline. Ends `successful`:
 *
 *     count-north --+
 *     count-south --+--> total
 *     count-west  --+
 *
 * - each `count-…` task adds up its file and stores the sum as an object of the run;
 * - `total` gets all of them as variables, and adds them up.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'node:path';
import { pipeline, runObject, task } from 'gofer/sdk';
import { OBJECTS_WITH_WGET } from '../lib/objects.ts';

const data = new URL('data/', import.meta.url);
const regions = readdirSync(data)
  .filter((file) => file.endsWith('.csv'))
  .map((file) => parse(file).name)
  .toSorted();

const counts = regions.map((region) =>
  task(`count-${region}`, 'gofer/base:1')
    .variable('CSV', readFileSync(new URL(`${region}.csv`, data), 'utf8'))
    .injectApiToken()
    .memory('32MiB').script(`${OBJECTS_WITH_WGET}
echo "$CSV" | awk -F, 'NR > 1 { sum += $2 } END { print sum + 0 }' > sum
echo "${region} sold $(cat sum)"
put "$RUN/objects/sum-${region}" sum
`),
);

const total = task('total', 'gofer/base:1')
  .dependsOnMany(Object.fromEntries(counts.map(({ id }) => [id, 'Success' as const])))
  .variables(Object.fromEntries(regions.map((region) => [`SUM_${region.toUpperCase()}`, runObject(`sum-${region}`)])))
  .script(`echo "all of them sold $((${regions.map((region) => `SUM_${region.toUpperCase()}`).join(' + ')}))"`);

pipeline('fan-out', 'Fan-out over files')
  .description('Adds up each file of a folder in a task of its own.')
  .tasks(...counts, total)
  .finish();
