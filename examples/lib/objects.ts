/**
 * Shell functions for scripts of tasks with a token (`injectApiToken()`): they get and put the objects of the pipeline,
 * `objects/<key>`, and those of the run, `$RUN/objects/<key>`.
 */

const PLACES = `
objects="$GOFER_API_BASE_URL/api/namespaces/$GOFER_NAMESPACE/pipelines/$GOFER_PIPELINE_ID"
RUN="runs/$GOFER_RUN_ID"`;

/** With `curl`, which sends and receives anything. `get` fails if there is no such object. */
export const OBJECTS_WITH_CURL = `set -eu${PLACES}
api() { curl -fsS -H "Authorization: Bearer $GOFER_TOKEN" -H 'gofer-api-version: v0' "$@"; }
get() { api -o "$2" "$objects/$1"; }
put() { api -o /dev/null -X POST -T "$2" "$objects/$1?force=true"; }
`;

/** With the `wget` of BusyBox, which ends what it sends at the first NUL byte: only text gets through. */
export const OBJECTS_WITH_WGET = `set -eu${PLACES}
api() { wget -q --header "Authorization: Bearer $GOFER_TOKEN" --header 'gofer-api-version: v0' "$@"; }
get() { api -O "$2" "$objects/$1"; }
put() { api -O /dev/null --post-file "$2" "$objects/$1?force=true"; }
`;
