/**
 * Values that only tasks get to see. Store them first, then run it; it ends `successful`:
 *
 *     printf %s hunter22 | gofer secret pipeline put secrets db-password @
 *     printf %s letmein-smtp | gofer secret global put smtp-key @ --namespaces default
 *
 * - `use` gets a secret of the pipeline and one of the installation. What it prints of them is `***` in its log. An
 *   expression inside other text is no expression: it stays as it is.
 * - `private` has credentials for a registry, which are kept encrypted. They are used when the image has to be pulled.
 */
import { globalSecret, pipeline, pipelineSecret, task } from 'gofer/sdk';

const use = task('use', 'gofer/base:1').variables({
  DB_PASSWORD: pipelineSecret('db-password'),
  SMTP_KEY: globalSecret('smtp-key'),
  LITERAL: 'not pipeline_secret{{db-password}}',
}).script(`
    echo "the password has \${#DB_PASSWORD} characters, the key \${#SMTP_KEY}"
    echo "in the log they are $DB_PASSWORD and $SMTP_KEY"
    echo "this is literal: $LITERAL"
  `);

const fromPrivateRegistry = task('private', 'gofer/base:1')
  .registryAuth('robot', process.env['REGISTRY_PASSWORD'] ?? 'only-an-example')
  .command('echo', 'the image is there');

pipeline('secrets', 'Secrets')
  .description('Uses secrets without showing them.')
  .tasks(use, fromPrivateRegistry)
  .finish();
