import { openApi } from '../../sdk/api.ts';
import { runCalls, taskCalls } from '../../sdk/resources.ts';

/** The API that these pages came from. The browser adds the session by itself. */
export const api = openApi({ baseUrl: location.origin });

export const runs = runCalls(api);
export const tasks = taskCalls(api);
