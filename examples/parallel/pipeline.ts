/**
 * One run at a time: a run started while another is going on stays `pending` until that one has ended. Start two to see
 * it. Both end `successful`.
 */
import { pipeline, task } from 'gofer/sdk';

pipeline('parallel', 'One at a time')
  .description('Keeps its only slot busy for three seconds.')
  .parallelism(1)
  .tasks(task('hold-the-slot', 'gofer/debug/wait:1').variable('WAIT_DURATION', '3s'))
  .finish();
