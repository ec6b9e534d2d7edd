import { once } from 'node:events';
import { GoferClient } from '../client.ts';
import type { Run } from '../wire.ts';
import { readEnvironment, readSetting } from './environment.ts';
import { Refusal, type Extension, type Subscription, type SubscriptionName } from './extension.ts';
import { bytesOf, createExtensionServer, textOf, textsOf, type Endpoints } from './server.ts';

/** What an extension works with. */
export interface ExtensionContext {
  /** The id that it was installed under. */
  readonly id: string;
  /** A client for the API with the extension's own token. */
  readonly gofer: GoferClient;
  /** A setting that was given when it was installed; names may be typed in any case. */
  setting(name: string): string | undefined;
  /**
   * Starts a run of a subscribed pipeline. With the same identity it is started once only, however often this is called:
   * derive it from the time or the delivery that the run is for.
   */
  startRun(subscription: SubscriptionName, identity: string, variables?: Record<string, string>): Promise<Run>;
  /** Writes a line of JSON, which `gofer extension logs` shows. */
  log(message: string, fields?: object): void;
}

export interface RunningExtension {
  /** Without a slash at the end. */
  readonly url: string;
  /** Stops serving. SIGTERM and SIGINT do so as well. */
  close(): Promise<void>;
}

/**
 * Runs an extension: reads what Gofer tells its container, takes on the subscriptions that there are, and serves the
 * extension protocol.
 *
 *     await serveExtension((context) => new MyExtension(context));
 */
export async function serveExtension(
  create: (context: ExtensionContext) => Extension | Promise<Extension>,
  variables: NodeJS.ProcessEnv = process.env,
): Promise<RunningExtension> {
  const environment = readEnvironment(variables);
  const { id, host, port, tls } = environment;
  const gofer = new GoferClient({ apiBaseUrl: environment.apiUrl, token: environment.secret });
  const log: ExtensionContext['log'] = (message, fields) => {
    process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), extension: id, message, ...fields })}\n`);
  };
  const extension = await create({
    ...{ id, gofer, log },
    setting: (name) => readSetting(variables, name),
    startRun: async ({ namespace, pipeline, id: subscription }, identity, runVariables = {}) => {
      const identified = `${subscription}/${identity}`;
      return (await gofer.runs.start({ namespace, pipeline }, runVariables, { identity: identified })).run;
    },
  });
  const subscriptions = new Subscriptions(extension);
  await restore(gofer, id, subscriptions, log);

  const server = createExtensionServer(environment, endpointsOf(id, extension, subscriptions), (error) => {
    log('fault', { error: String(error) });
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  log('serving', { port: actual });

  const close = async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    await closed;
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void close());
  return { url: `${tls ? 'https' : 'http'}://${host}:${actual}`, close };
}

/** Takes on what was subscribed before this container was started. What the extension refuses by now is left out. */
async function restore(
  gofer: GoferClient,
  id: string,
  subscriptions: Subscriptions,
  log: ExtensionContext['log'],
): Promise<void> {
  const { data } = await gofer.api.GET('/api/extensions/{extension_id}/subscriptions', {
    params: { path: { extension_id: id } },
  });
  for (const { namespace_id, pipeline_id, subscription_id, settings } of data?.subscriptions ?? []) {
    const subscription = { namespace: namespace_id, pipeline: pipeline_id, id: subscription_id, parameters: settings };
    try {
      await subscriptions.add(subscription);
    } catch (error) {
      log('subscription left out', { ...subscription, parameters: undefined, error: String(error) });
    }
  }
}

/** What the extension has taken on. Everything may be repeated, which the protocol asks for. */
class Subscriptions {
  readonly #extension: Extension;
  readonly #known = new Map<string, Subscription>();

  constructor(extension: Extension) {
    this.#extension = extension;
  }

  async add(subscription: Subscription): Promise<void> {
    const key = keyOf(subscription);
    const known = this.#known.get(key);
    if (known && JSON.stringify(known.parameters) === JSON.stringify(subscription.parameters)) return;
    await this.#extension.subscribe(subscription);
    this.#known.set(key, subscription);
  }

  async remove(name: SubscriptionName): Promise<void> {
    if (!this.#known.has(keyOf(name))) return;
    await this.#extension.unsubscribe(name);
    this.#known.delete(keyOf(name));
  }
}

function keyOf({ namespace, pipeline, id }: SubscriptionName): string {
  return JSON.stringify([namespace, pipeline, id]);
}

function endpointsOf(id: string, extension: Extension, subscriptions: Subscriptions): Endpoints {
  const nameOf = (body: unknown): SubscriptionName => ({
    namespace: textOf(body, 'namespace_id'),
    pipeline: textOf(body, 'pipeline_id'),
    id: textOf(body, 'pipeline_subscription_id'),
  });
  return {
    'GET /api/health': async () => undefined,
    'GET /api/info': async () => ({ extension_id: id, documentation: extension.documentation }),
    'GET /api/debug': async () => ({ info: JSON.stringify((await extension.debug?.()) ?? {}) }),
    'POST /api/subscribe': async (body) => {
      const subscription = { ...nameOf(body), parameters: textsOf(body, 'pipeline_subscription_params') };
      requireParameters(extension, subscription);
      await subscriptions.add(subscription);
    },
    'DELETE /api/subscribe': (body) => subscriptions.remove(nameOf(body)),
    'POST /api/external-event': async (body) => {
      await extension.externalEvent?.({ headers: textsOf(body, 'headers'), body: bytesOf(body, 'body') });
    },
    'POST /api/shutdown': async () => extension.shutdown?.(),
  };
}

function requireParameters({ documentation }: Extension, { parameters }: Subscription): void {
  for (const { key, required } of documentation.pipeline_subscription_params) {
    if (required && parameters[key] === undefined) throw new Refusal(`the parameter '${key}' is required`);
  }
}
