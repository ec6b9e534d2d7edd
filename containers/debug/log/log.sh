. /app/common.sh

interval=$(seconds_of LOGS_INTERVAL "${LOGS_INTERVAL:-2s}") || exit
lines=${LOGS_LINES:-14}
case $lines in
  *[!0-9]*)
    echo "LOGS_LINES is '$lines', but must be a whole number" >&2
    exit 42
    ;;
esac

# Without an interval nothing is waited for at all, so that many lines are fast.
case $interval in
  0 | 0.000000000) pause() { :; } ;;
esac

[ -z "${LOGS_HEADER:-}" ] || echo "$LOGS_HEADER"
written=0
while [ "$written" -lt "$lines" ]; do
  while [ "$written" -lt "$lines" ] && IFS= read -r line; do
    printf '%s\n' "$line"
    written=$((written + 1))
    pause "$interval"
  done < /app/text.txt
done
