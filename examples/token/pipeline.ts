/**
 * A task that talks to the API with the token of its run, which is good for its own pipeline only. Ends `successful`.
 */
import { pipeline, task } from 'gofer/sdk';

const ask = task('ask', 'gofer/base:1').injectApiToken().script(`
set -eu
namespace="$GOFER_API_BASE_URL/api/namespaces/$GOFER_NAMESPACE"
api() { wget -q -O - --header "Authorization: Bearer $GOFER_TOKEN" --header 'gofer-api-version: v0' "$@"; }

echo "my run is $(api "$namespace/pipelines/$GOFER_PIPELINE_ID/runs/$GOFER_RUN_ID" | grep -o '"state":"[a-z]*"')"
if api "$GOFER_API_BASE_URL/api/tokens" > /dev/null 2>&1; then echo 'I may see tokens'; exit 1; fi
echo 'I may not see tokens'
`);

pipeline('token', 'Token').description('Asks the API about its own run.').tasks(ask).finish();
