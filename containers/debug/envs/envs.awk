# printenv, which Debian's busybox lacks: all variables as NAME=value, or only the values of the named ones.
BEGIN {
  if (ARGC == 1) {
    for (name in ENVIRON) print name "=" ENVIRON[name]
    exit 0
  }
  missing = 0
  for (i = 1; i < ARGC; i++) {
    if (ARGV[i] in ENVIRON) print ENVIRON[ARGV[i]]
    else missing = 1
  }
  exit missing
}
