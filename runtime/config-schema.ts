import { z } from 'zod';
import { secretStore } from './secret-store-schema.ts';

/** `host:port`; port 0 takes a free one. */
const bindAddress = z.string().regex(/^[^\s:]+:\d{1,5}$/, 'must be host:port');

const seconds = z.number().int().min(0);
const count = z.number().int().min(0);

const tls = {
  use_tls: z.boolean().default(false).describe('Speaks TLS, with the certificate and key below.'),
  tls_cert_path: z.string().optional().describe('A PEM file with the certificate.'),
  tls_key_path: z.string().optional().describe('A PEM file with its key.'),
};

/**
 * The server's configuration. Keys that the original Gofer had keep their names; what is new stands beside them. The
 * descriptions are those of docs/configuration.md.
 */
export const configSchema = z.strictObject({
  api: z
    .strictObject({
      log_level: z
        .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
        .default('info')
        .describe('The least important lines that are logged.'),
      pipeline_run_concurrency_limit: count
        .default(200)
        .describe('How many runs of one pipeline may run at once, besides its own `parallelism`; 0 for any number.'),
      global_run_concurrency_limit: count
        .default(2000)
        .describe('How many runs may run at once on the whole server; 0 for any number.'),
      event_log_retention: seconds.min(1).default(15_768_000).describe('Seconds for which an event is kept.'),
      event_prune_interval: seconds.min(1).default(604_800).describe('Seconds between two clean-ups of events.'),
      task_execution_stop_timeout: seconds
        .default(10)
        .describe('Seconds between TERM and KILL when a run is cancelled.'),
      task_execution_log_retention: count
        .default(50)
        .describe('How many of the newest runs of a pipeline keep their logs.'),
      task_execution_log_max_age: seconds
        .default(0)
        .describe('Seconds for which the logs of a run are kept after its end; 0 for ever.'),
    })
    .prefault({}),
  server: z
    .strictObject({
      bind_address: bindAddress.default('0.0.0.0:8080').describe('Where the API listens.'),
      extension_address: bindAddress
        .default('172.17.0.1:8080')
        .describe('Where the API is for containers: those of extensions, and of tasks that get a token for it.'),
      ...tls,
      request_timeout: seconds.min(1).default(60).describe('Seconds that a request may take; streams may take longer.'),
      body_limit: count.default(524_288_000).describe('The most bytes of a JSON body.'),
      failed_logins_per_minute: count
        .default(60)
        .describe('How many bad tokens one address may send to each API process in a minute; 0 for any number.'),
    })
    .prefault({}),
  external_events: z
    .strictObject({
      enable: z.boolean().default(true).describe('Listens for external events.'),
      bind_address: bindAddress.default('0.0.0.0:8081').describe('Where it listens for them.'),
      body_limit: count.default(33_554_432).describe('The most bytes that one may have.'),
      ...tls,
    })
    .prefault({}),
  worker: z
    .strictObject({
      metrics_bind_address: bindAddress
        .optional()
        .describe('Where a worker shows its metrics, under /metrics; nowhere by default. The API shows its own.'),
    })
    .prefault({}),
  development: z
    .strictObject({
      pretty_logging: z
        .boolean()
        .default(process.stderr.isTTY === true)
        .describe('Logs lines for people instead of JSON; by default on a terminal.'),
      validate_responses: z
        .boolean()
        .default(false)
        .describe('Answers 500 where an answer would break the OpenAPI document.'),
      bypass_auth: z.boolean().default(false).describe('Lets everybody do everything. Never outside development.'),
    })
    .prefault({}),
  database: z
    .strictObject({
      url: z.string().optional().describe('The PostgreSQL database, as postgresql://user:password@host/name.'),
    })
    .prefault({}),
  temporal: z
    .strictObject({
      address: z.string().optional().describe('The Temporal server, as host:port.'),
      namespace: z.string().default('default').describe("Temporal's namespace."),
      task_queue: z.string().default('gofer').describe('The queue that API processes fill and workers empty.'),
      ui_url: z.string().optional().describe("Where Temporal's web pages are, to be shown to people."),
    })
    .prefault({}),
  scheduler: z
    .strictObject({
      engine: z
        .enum(['docker', 'none'])
        .default('docker')
        .describe('What runs containers: Docker, or nothing, which only pretends, for benchmarks.'),
      image_retention: seconds
        .default(604_800)
        .describe(
          'Seconds after its last use for which an image that Gofer pulled stays on the engine; 0 for ever. What people pulled, what a container uses and what has another name stays in any case.',
        ),
    })
    .prefault({}),
  object_store: z
    .strictObject({
      engine: z
        .enum(['filesystem', 's3'])
        .default('filesystem')
        .describe(
          'What keeps the bytes of objects: a folder, or a bucket of S3 or of a server that speaks its protocol.',
        ),
      pipeline_object_limit: count
        .default(50)
        .describe('How many objects a pipeline keeps: a new one replaces the oldest; 0 for any number.'),
      run_object_expiry: count
        .default(2)
        .describe(
          'How many runs of a pipeline keep their objects; those of older runs are deleted once they are complete.',
        ),
      filesystem: z
        .strictObject({
          path: z.string().optional().describe('The folder for objects; all processes have to see the same one.'),
        })
        .prefault({}),
      s3: z
        .strictObject({
          endpoint: z
            .url({ protocol: /^https?$/ })
            .optional()
            .describe("The address of a server that is not Amazon's, for example `https://minio.example.org`."),
          region: z.string().default('us-east-1').describe('The region of the bucket.'),
          bucket: z
            .string()
            .optional()
            .describe(
              'The bucket. Credentials are found where all AWS tools look for them, such as AWS_ACCESS_KEY_ID.',
            ),
          path_style: z
            .boolean()
            .default(false)
            .describe('Names the bucket in the path instead of the host name, as most other servers want it.'),
          prefix: z.string().default('').describe('A folder in the bucket, to share it with others.'),
        })
        .prefault({}),
    })
    .prefault({}),
  secret_store: secretStore,
  extensions: z
    .strictObject({
      install_std_extensions: z
        .boolean()
        .default(true)
        .describe('Installs, at every start, those built-in extensions that need no settings.'),
      stop_timeout: seconds.default(300).describe('Seconds between TERM and KILL when an extension is stopped.'),
      publish_address: z
        .string()
        .default('127.0.0.1')
        .describe(
          "The address of the container engine's machine where extensions get their ports: API and workers have to reach it.",
        ),
      ...tls,
      verify_certs: z.boolean().default(false).describe('Insists that the certificates of extensions are good.'),
    })
    .prefault({}),
});

export type ServerConfig = z.output<typeof configSchema>;

/** Keys of the original Gofer that mean nothing here, and what to do instead. */
export const GONE: Readonly<Record<string, string>> = {
  'api.ignore_pipeline_run_events': 'remove it; PATCH /api/system switches that',
  'api.pipeline_version_retention': 'remove it; versions are kept',
  'api.admin_key': 'remove it; the first start creates a token',
  'server.storage_path': 'records are in PostgreSQL: set database.url',
  'server.storage_results_limit': 'remove it; lists have limit and cursor',
  'server.url': 'remove it; clients are told where the server is',
  'server.shutdown_timeout': 'remove it; requests get 10 seconds to finish',
  'development.use_included_certs': 'give a certificate of your own with tls_cert_path and tls_key_path',
  'secret_store.sqlite': 'secrets are in PostgreSQL: set secret_store.encryption_key',
  'scheduler.docker': 'remove it; DOCKER_HOST says where the engine is',
  'api.task_execution_logs_dir': 'remove it; logs are in PostgreSQL and in the object store',
};
