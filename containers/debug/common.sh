# Shared by the debug containers. They are process 1 of their container, which gets no default action for a signal: hence
# the traps, and hence sleeping in the background, because a shell runs its traps only once a foreground command ended.
trap 'exit 143' TERM
trap 'exit 130' INT

# Prints a duration such as 20s, 1m30s or 250ms in seconds; fails on anything else. Negative ones become 0.
seconds() {
  DURATION=$1 awk 'BEGIN {
    unit["ns"] = 1e-9; unit["us"] = 1e-6; unit["µs"] = 1e-6; unit["μs"] = 1e-6
    unit["ms"] = 1e-3; unit["s"] = 1; unit["m"] = 60; unit["h"] = 3600
    rest = ENVIRON["DURATION"]
    negative = sub(/^-/, "", rest)
    if (!negative) sub(/^\+/, "", rest)
    if (rest == "0") { print 0; exit 0 }
    if (rest == "") exit 1
    while (rest != "") {
      if (!match(rest, /^([0-9]+\.?[0-9]*|\.[0-9]+)/)) exit 1
      number = substr(rest, 1, RLENGTH)
      rest = substr(rest, RLENGTH + 1)
      if (!match(rest, /^[^0-9.]+/)) exit 1
      name = substr(rest, 1, RLENGTH)
      rest = substr(rest, RLENGTH + 1)
      if (!(name in unit)) exit 1
      total += number * unit[name]
    }
    printf "%.9f\n", negative ? 0 : total
  }'
}

# seconds_of NAME VALUE: like seconds, but ends the container with 42 and a sentence if the variable NAME is malformed.
seconds_of() {
  seconds "$2" || {
    echo "$1 is '$2', but must be a duration such as 20s, 1m30s or 250ms" >&2
    exit 42
  }
}

pause() {
  sleep "$1" &
  wait $!
}
