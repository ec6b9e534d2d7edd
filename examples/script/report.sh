set -eu
echo "This script came from a file beside the pipeline program."
echo "It is task $GOFER_TASK_ID of run $GOFER_RUN_ID."
