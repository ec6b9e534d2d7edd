/** The smallest useful pipeline: one task, one variable, one command. Its run ends `successful`. */
import { pipeline, task } from 'gofer/sdk';

pipeline('simple', 'Simple')
  .description('Prints one line.')
  .tasks(task('greet', 'gofer/base:1').variable('NAME', 'world').command('sh', '-c', 'echo "Hello, $NAME!"'))
  .finish();
