/**
 * Deploys a version that a webhook names, if somebody has approved of just this version:
 *
 *     approve --+--> deploy --> smoke-test
 *               '--> decline
 *
 * Whoever may approve knows the secret `approval`, and gives out a code that is good for one version:
 *
 *     printf %s "1.4.2 $SECRET" | sha256sum | cut -c 1-16
 *
 * The pipeline is subscribed to the extension `webhook`, whose requests are signed with another secret:
 *
 *     gofer secret pipeline put deploy webhook                # and approval; both ask for the value
 *     gofer pipeline subscribe deploy webhook release -s secret='pipeline_secret{{webhook}}' \
 *       -s filter='exists body.version' -s variables='VERSION=body.version, APPROVAL=body.approval'
 *
 * A run without a good code ends `failed`, and `decline` says so; nothing was deployed then. TARGET is where to deploy: an
 * address that takes the version as the body of a POST and tells the running one on GET.
 */
import { pipeline, pipelineSecret, task } from 'gofer/sdk';

const approve = task('approve', 'gofer/base:1')
  .description('is the code good for this version?')
  .variables({ VERSION: '', APPROVAL: '', SECRET: pipelineSecret('approval') }).script(`
    wanted=$(printf %s "$VERSION $SECRET" | sha256sum | cut -c 1-16)
    if [ "$APPROVAL" != "$wanted" ]; then echo "nobody approved of version '$VERSION'"; exit 1; fi
    echo "version $VERSION is approved"
  `);

const deploy = task('deploy', 'gofer/base:1')
  .description('tells the target which version to run')
  .dependsOn(approve, 'Success')
  .variables({ VERSION: '', TARGET: 'http://deploy.example.org/app' })
  .retries(3, { delay: 2 })
  .script('wget -q -O - --post-data "$VERSION" "$TARGET"');

const smokeTest = task('smoke-test', 'gofer/base:1')
  .description('does the target run it?')
  .dependsOn(deploy, 'Success')
  .variables({ VERSION: '', TARGET: 'http://deploy.example.org/app' })
  .retries(5, { delay: 1 })
  .script('running=$(wget -q -O - "$TARGET"); echo "it runs $running"; [ "$running" = "$VERSION" ]');

const decline = task('decline', 'gofer/base:1')
  .description('runs only if nobody approved')
  .dependsOn(approve, 'Failure')
  .script('echo "run $GOFER_RUN_ID deployed nothing"');

pipeline('deploy', 'Deploy')
  .description('Deploys what a webhook names and somebody has approved of.')
  .parallelism(1)
  .tasks(approve, deploy, smokeTest, decline)
  .finish();
