/**
 * Tests a branch of a repository in one task, with a cache that the next run finds: what a project needs to test itself.
 * Subscribed to the extension `github`, a run tests the branch of the pull request; started by hand, it tests `main`.
 *
 * Variables of the run: REPOSITORY is what to clone, TEST how to test it (`npm test`). The image needs git, curl, tar and what TEST needs; IMAGE names another one when this program runs.
 */
import { pipeline, task } from 'gofer/sdk';
import { OBJECTS_WITH_CURL } from '../lib/objects.ts';

const test = task('test', process.env['IMAGE'] ?? 'node:24-bookworm')
  .description('clone, restore the cache, test, store the cache')
  .variables({ REPOSITORY: 'https://github.com/example/project', TEST: 'npm test' })
  .injectApiToken()
  .alwaysPullNewestImage(process.env['IMAGE'] === undefined)
  .timeout(1800).script(`${OBJECTS_WITH_CURL}
branch="\${GOFER_EXTENSION_GITHUB_PULLREQUEST_BRANCH:-main}"
echo "testing the branch $branch"
git clone --quiet --depth 1 --branch "$branch" "$REPOSITORY" project
mkdir -p cache
if get objects/cache cache.tar.gz; then tar -xzf cache.tar.gz; echo 'found a cache'; else echo 'found no cache'; fi

export CACHE="$PWD/cache"
(cd project && sh -c "$TEST")

tar -czf cache.tar.gz cache
put objects/cache cache.tar.gz
echo "stored the cache: $(wc -c < cache.tar.gz) bytes"
`);

pipeline('self-test', 'Self-test').description('Tests a branch of a repository.').parallelism(1).tasks(test).finish();
