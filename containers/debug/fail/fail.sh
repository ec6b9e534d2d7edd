. /app/common.sh

code=${FAIL_EXIT_CODE:-57}
case $code in
  '' | *[!0-9]* | ????*) valid=no ;;
  *) [ "$code" -ge 1 ] && [ "$code" -le 255 ] && valid=yes || valid=no ;;
esac
if [ "$valid" = no ]; then
  echo "FAIL_EXIT_CODE is '$code', but must be a number from 1 to 255" >&2
  exit 42
fi
duration=$(seconds_of FAIL_AFTER "${FAIL_AFTER:-4s}") || exit
pause "$duration"
exit "$code"
