/**
 * Backs up to S3 with rclone, checks the copy, and only then deletes what is old:
 *
 *     backup --> verify --+--> prune
 *                         '--> alarm
 *
 * - `backup` is tried again after what rclone calls temporary or does not know (1 and 5): what was copied stays;
 * - `verify` compares both sides, also if `backup` failed, so that `alarm` depends on it alone;
 * - `prune` deletes the copies that are older than KEEP;
 * - `alarm` runs only if the copy is not good.
 *
 * SOURCE is whatever rclone can read: `s3:bucket`, `:sftp,host=…:folder`, `:http,url=…:`. The keys are secrets:
 *
 *     gofer secret pipeline put nightly-backup s3-key-id      # and s3-key; both ask for the value
 *     gofer pipeline subscribe nightly-backup cron nightly -s expression='30 2 * * *' -s tz=Europe/Berlin
 */
import { pipeline, pipelineSecret, task } from 'gofer/sdk';

const rclone = (id: string) =>
  task(id, process.env['IMAGE'] ?? 'rclone/rclone:1.71')
    .entrypoint()
    .variables({ SOURCE: 's3:app-data', BUCKET: 'backups', KEEP: '30d' })
    .variables({
      RCLONE_CONFIG_S3_TYPE: 's3',
      RCLONE_CONFIG_S3_PROVIDER: 'Other',
      RCLONE_CONFIG_S3_ENDPOINT: process.env['S3_ENDPOINT'] ?? 'https://s3.example.org',
      RCLONE_CONFIG_S3_ACCESS_KEY_ID: pipelineSecret('s3-key-id'),
      RCLONE_CONFIG_S3_SECRET_ACCESS_KEY: pipelineSecret('s3-key'),
    });

const backup = rclone('backup')
  .description('copies everything into a folder of this run')
  .retries(3, { delay: 30, exitCodes: [1, 5] })
  .timeout(3600)
  .script('rclone copy "$SOURCE" "s3:$BUCKET/$GOFER_RUN_ID" --stats-one-line -v');

const verify = rclone('verify')
  .description('is the copy complete and right?')
  .dependsOn(backup, 'Any')
  .script('rclone check "$SOURCE" "s3:$BUCKET/$GOFER_RUN_ID" --one-way');

const prune = rclone('prune')
  .description('deletes old copies')
  .dependsOn(verify, 'Success')
  .script('rclone delete "s3:$BUCKET" --min-age "$KEEP" -v');

const alarm = task('alarm', 'gofer/base:1')
  .description('runs only if there is no good copy')
  .dependsOn(verify, 'Failure')
  .script('echo "backup $GOFER_RUN_ID is not good: nothing was deleted"');

pipeline('nightly-backup', 'Nightly backup')
  .description('Copies to S3, checks the copy, deletes old ones.')
  .parallelism(1)
  .tasks(backup, verify, prune, alarm)
  .finish();
