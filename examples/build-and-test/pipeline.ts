/**
 * Builds and tests a repository in several tasks that share one checkout, and keeps what was installed for the next run
 * as long as the lock file stays the same:
 *
 *     install --+--> test --+--> package
 *               '--> lint --'
 *
 * - `install` clones, finds the cache of this lock file among the objects of the pipeline or installs and stores it, and
 *   hands the folder on as an object of the run;
 * - `test` and `lint` each unpack it and go on from there, at the same time;
 * - `package` stores what was built as `package.tar.gz`, which is there for `gofer pipeline object get` afterwards.
 *
 * Variables of the run: REPOSITORY and BRANCH; LOCK_FILE, INSTALLED (the folder to keep), INSTALL, TEST, LINT and BUILD say
 * how the project does it. The image needs git, curl and tar; IMAGE names another one when this program runs.
 */
import { pipeline, task } from 'gofer/sdk';
import { OBJECTS_WITH_CURL } from '../lib/objects.ts';

const image = process.env['IMAGE'] ?? 'node:24-bookworm';

/** A task that goes on in the folder that `install` handed on. */
const inCheckout = (id: string, script: string) =>
  task(id, image).injectApiToken().script(`${OBJECTS_WITH_CURL}
get "$RUN/objects/checkout" checkout.tar.gz
tar -xzf checkout.tar.gz
cd project
${script}`);

const install = task('install', image)
  .description('clones, and installs unless that is cached')
  .variables({ REPOSITORY: 'https://github.com/example/project', BRANCH: 'main' })
  .variables({ LOCK_FILE: 'package-lock.json', INSTALLED: 'node_modules', INSTALL: 'npm ci' })
  .injectApiToken()
  .retries(2, { delay: 10 }).script(`${OBJECTS_WITH_CURL}
rm -rf project
git clone --quiet --depth 1 --branch "$BRANCH" "$REPOSITORY" project
cd project
key="installed-$(sha256sum "$LOCK_FILE" | cut -c 1-16)"
if get "objects/$key" installed.tar.gz; then
  echo "found $key"
  tar -xzf installed.tar.gz
else
  echo "no $key: installing"
  sh -c "$INSTALL"
  tar -czf installed.tar.gz "$INSTALLED"
  put "objects/$key" installed.tar.gz
fi
rm installed.tar.gz
cd ..
tar -czf checkout.tar.gz project
put "$RUN/objects/checkout" checkout.tar.gz
`);

const test = inCheckout('test', 'sh -c "$TEST"').variable('TEST', 'npm test').dependsOn(install, 'Success');

const lint = inCheckout('lint', 'sh -c "$LINT"').variable('LINT', 'npm run lint').dependsOn(install, 'Success');

const bundle = inCheckout(
  'package',
  `sh -c "$BUILD"
tar -czf ../package.tar.gz dist
put objects/package.tar.gz ../package.tar.gz
echo "stored $(wc -c < ../package.tar.gz) bytes"`,
)
  .variable('BUILD', 'npm run build')
  .dependsOnMany({ test: 'Success', lint: 'Success' });

pipeline('build-and-test', 'Build and test')
  .description('Builds and tests a repository with a cache.')
  .onLimit('cancel_oldest')
  .parallelism(1)
  .tasks(install, test, lint, bundle)
  .finish();
