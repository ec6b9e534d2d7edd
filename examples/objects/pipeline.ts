/**
 * Tasks that pass files on through the object store, with nothing but the `wget` of BusyBox. Its run ends `successful`:
 *
 *     build --> test
 *
 * - `build` finds a counter that earlier runs left as an object of the pipeline, or begins with one, and counts up;
 *   it stores an archive as an object of the run;
 * - `test` gets that archive, unpacks it and looks into it.
 *
 * Containers have to be told where the API is: gofer up examples/objects --run -v GOFER_API_BASE_URL=http://172.17.0.1:8080
 */
import { pipeline, task } from 'gofer/sdk';

/** `wget` of BusyBox ends what it sends at the first NUL byte, so archives travel as base64. */
const HELPERS = `
set -e
objects="$GOFER_API_BASE_URL/api/namespaces/\${GOFER_NAMESPACE:-default}/pipelines/$GOFER_PIPELINE_ID"
api() { wget -q --header "Authorization: Bearer $GOFER_TOKEN" --header 'gofer-api-version: v0' "$@"; }
get() { api -O "$2" "$objects/$1"; }
put() { api -O /dev/null --post-file "$2" "$objects/$1?force=true"; }
`;

const build = task('build', 'gofer/base:1').injectApiToken().script(`${HELPERS}
get objects/counter counter 2>/dev/null || echo 0 > counter
count=$(($(cat counter) + 1))
echo "$count" > counter
put objects/counter counter

mkdir app && head -c 100000 /dev/urandom > app/binary && echo "build $count" > app/version
tar -c app | gzip | base64 > app.tar.gz.base64
put "runs/$GOFER_RUN_ID/objects/app.tar.gz.base64" app.tar.gz.base64
echo "stored build $count"
`);

const check = task('test', 'gofer/base:1').dependsOn(build, 'Success').injectApiToken().script(`${HELPERS}
get "runs/$GOFER_RUN_ID/objects/app.tar.gz.base64" app.tar.gz.base64
base64 -d app.tar.gz.base64 | gunzip | tar -x
test "$(wc -c < app/binary)" -eq 100000
echo "tested $(cat app/version)"
`);

pipeline('objects', 'Objects')
  .description('Passes a file from task to task, and a counter from run to run.')
  .tasks(build, check)
  .finish();
