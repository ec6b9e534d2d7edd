import type { Client } from '@temporalio/client';
import type { GoferClient } from '../../sdk/client.ts';
import type { ExtensionStage } from '../../test/helpers/extensions.ts';
import type { Program } from '../../test/helpers/programs.ts';

/** Where scenarios take place: a cluster of their own with one worker. */
export interface Stage extends ExtensionStage {
  readonly gofer: GoferClient;
  readonly client: Client;
  worker: Program;
}

/** Plays through something, and returns the id of the workflow whose history is kept; it comes to its end by itself. */
export type Scenario = (stage: Stage) => Promise<string>;
