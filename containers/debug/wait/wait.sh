. /app/common.sh

duration=$(seconds_of WAIT_DURATION "${WAIT_DURATION:-}") || exit
echo "waiting for $WAIT_DURATION" >&2
pause "$duration"
