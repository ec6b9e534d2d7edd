import type { Chore } from '../../core/chores.ts';
import { chores } from '../proxies.ts';

/** How many batches one workflow does at most; what is left is for the next one of the schedule. */
const MAX_BATCHES = 200;

/** Does a chore in batches, so that none takes long or holds locks for long. Returns how many things were dealt with. */
export async function maintenance(chore: Chore): Promise<{ done: number }> {
  let done = 0;
  for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
    const report = await chores.doChore(chore);
    done += report.done;
    if (!report.more) break;
  }
  return { done };
}
