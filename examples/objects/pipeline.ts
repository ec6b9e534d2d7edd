/**
 * Tasks that pass files on through the object store, with nothing but the `wget` of BusyBox. Its run ends `successful`:
 *
 *     build --> test
 *
 * - `build` finds a counter that earlier runs left as an object of the pipeline, or begins with one, and counts up;
 *   it stores an archive as an object of the run;
 * - `test` gets that archive, unpacks it and looks into it.
 *
 * `injectApiToken()` gives a container the token, and tells it where the API is and which namespace it is in.
 */
import { pipeline, task } from 'gofer/sdk';
import { OBJECTS_WITH_WGET } from '../lib/objects.ts';

const build = task('build', 'gofer/base:1').injectApiToken().script(`${OBJECTS_WITH_WGET}
get objects/counter counter 2>/dev/null || echo 0 > counter
count=$(($(cat counter) + 1))
echo "$count" > counter
put objects/counter counter

mkdir app && head -c 100000 /dev/urandom > app/binary && echo "build $count" > app/version
tar -c app | gzip | base64 > app.tar.gz.base64
put "$RUN/objects/app.tar.gz.base64" app.tar.gz.base64
echo "stored build $count"
`);

const check = task('test', 'gofer/base:1').dependsOn(build, 'Success').injectApiToken().script(`${OBJECTS_WITH_WGET}
get "$RUN/objects/app.tar.gz.base64" app.tar.gz.base64
base64 -d app.tar.gz.base64 | gunzip | tar -x
test "$(wc -c < app/binary)" -eq 100000
echo "tested $(cat app/version)"
`);

pipeline('objects', 'Objects')
  .description('Passes a file from task to task, and a counter from run to run.')
  .tasks(build, check)
  .finish();
