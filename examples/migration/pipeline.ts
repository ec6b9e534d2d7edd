/**
 * Migrates a PostgreSQL database, tests the result, and rolls back if the test fails:
 *
 *     migrate --> verify --+--> done
 *                          '--> roll-back --> rolled-back
 *
 * - `migrate` runs `migrations/up.sql` in one transaction: if it fails, nothing has changed;
 * - `verify` runs `migrations/verify.sql`, also if `migrate` failed, so that what follows depends on it alone;
 * - `roll-back` runs `migrations/down.sql`, which does no harm to a database that was not migrated;
 * - `rolled-back` makes sure that the database is as it was. The run ends `failed` all the same.
 *
 * One run at a time, and each is given five minutes. The address of the database is a secret:
 *
 *     gofer secret pipeline put migration database-url        # asks for the value
 */
import { readFileSync } from 'node:fs';
import { pipeline, pipelineSecret, task } from 'gofer/sdk';

const read = (file: string) => readFileSync(new URL(`migrations/${file}`, import.meta.url), 'utf8');

/** A task that runs a file of SQL in one transaction. */
const sql = (id: string, file: string) =>
  task(id, process.env['IMAGE'] ?? 'postgres:18-alpine')
    .variables({ DATABASE_URL: pipelineSecret('database-url'), SQL: read(file) })
    .script(`echo "$SQL" | psql "$DATABASE_URL" --no-psqlrc --single-transaction --set ON_ERROR_STOP=1 --file -`);

const migrate = sql('migrate', 'up.sql').description('all or nothing');
const verify = sql('verify', 'verify.sql').description('is the new schema good?').dependsOn(migrate, 'Any');
const rollBack = sql('roll-back', 'down.sql').description('back to the old schema').dependsOn(verify, 'Failure');
const rolledBack = sql('rolled-back', 'verify-old.sql').description('is it?').dependsOn(rollBack, 'Success');
const done = task('done', 'gofer/base:1').dependsOn(verify, 'Success').command('echo', 'the new schema is in use');

pipeline('migration', 'Database migration')
  .description('Migrates, tests, and rolls back if the test fails.')
  .parallelism(1)
  .timeout(300)
  .tasks(migrate, verify, rollBack, rolledBack, done)
  .finish();
