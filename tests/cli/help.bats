# What every applet does alike: help, version, wrong usage, an output that cannot be written. The applets
# are those that the program has, so a new one is tested before anybody thinks of it.

load lib

setup() { cli_setup; }

for_each() { # FUNCTION: of every applet, with its name and the words that spell it; says which one failed
  local name
  for name in $("$SDME" --list); do
    # shellcheck disable=SC2046  # they are words
    "$1" "$name" $(tr - ' ' <<< "${name#sdme-}") || { echo "in $name"; return 1; }
  done
}

as_nobody() { # CMD...: not as root, so that nothing can happen to the machine
  if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi
}

one_line() { [ -n "$1" ] && [ "$(wc -l <<< "$1")" = 1 ]; }

# refused STATUS ERE CMD...: it ends so, with one line that matches on stderr and nothing on stdout
refused() {
  local want=$1 ere=$2
  shift 2
  run "-$want" --separate-stderr "$@"
  if [ "$status" != "$want" ] || [ -n "$output" ] || ! one_line "$stderr" || ! [[ $stderr =~ $ere ]]; then
    echo "$*: status $status instead of $want, stdout '$output', stderr '$stderr' (to match '$ere')"
    return 1
  fi
}

needs_operand() { # NAME: whether the usage line begins with one that is no option
  "$1" --help | head -n 1 | grep -qE '^Usage: [^ ]+ \[OPTION\.\.\.\] [A-Za-z]'
}

# --- help ---

help_is_good() {
  local name=$1 line
  shift
  run --separate-stderr "$name" --help
  [ "$status" = 0 ] && [ -z "$stderr" ] && [ "${#lines[@]}" -gt 5 ] || return 1
  [[ ${lines[0]} = "Usage: $name [OPTION...]"* ]] || return 1
  [[ ${lines[1]} = [A-Z]*. ]] || return 1
  while IFS= read -r line; do
    [ "${#line}" -le 80 ] || { echo "too wide: $line"; return 1; }
    [[ $line != *' ' ]] || { echo "ends in a blank: '$line'"; return 1; }
  done <<< "$output"
  [ "$output" = "$("$name" -h)" ] || { echo "-h differs"; return 1; }
  [ "$output" = "$("$SDME" "$@" --help)" ] || { echo "sdme $* --help differs"; return 1; }
  [ "$output" = "$("$SDME" --help "$@")" ] || { echo "sdme --help $* differs"; return 1; }
}
@test "--help of every applet" { for_each help_is_good; }

help_needs_nothing() { as_nobody env -i PATH=/usr/bin:/bin "$SDME_BUILD/$1" --help >/dev/null; }
@test "--help needs no root and no environment" {
  as_nobody test -x "$SDME" || skip "the build is not readable by others"
  for_each help_needs_nothing
}

@test "sdme --help lists every command, sdme --list every applet" {
  local name words inside
  inside=$("$SDME_BUILD/sdme-inside" --list)
  run --separate-stderr "$SDME" --help
  [ "$status" = 0 ]
  [ -z "$stderr" ]
  [ "$output" = "$("$SDME" -h)" ]
  [ "$output" = "$("$SDME" help)" ]
  for name in $("$SDME" --list); do
    [ -L "$SDME_BUILD/$name" ]
    # Not for people: what systemd runs, and what is for the inside of containers.
    if [ "$name" = sdme-boot ] || grep -qxF "$name" <<< "$inside"; then continue; fi
    words=${name#sdme-}
    words=${words//-/ }
    grep -qE "^  $words +[A-Z]" <<< "$output"
  done
  [ "$(awk 'length > 80' <<< "$output")" = "" ]
}

version_is_told() { [ "$("$1" --version)" = "${1} ${version#sdme }" ] && [ "$("$1" -V)" = "$("$1" --version)" ]; }
@test "--version" {
  version=$("$SDME" --version)
  [[ $version = sdme\ [0-9]*.[0-9]*.[0-9]* ]]
  for_each version_is_told
}

# --- wrong usage ---

unknown_option_is_refused() {
  local name=$1 option
  shift
  for option in --no-such-option --no-such=1 -%; do
    refused 2 "^$name: unknown option '${option%=*}'" "$name" $option || return 1
    refused 2 "^$name: unknown option '${option%=*}'" "$SDME" "$@" $option || return 1
  done
}
@test "an unknown option" { for_each unknown_option_is_refused; }

closest_is_suggested() { refused 2 "did you mean '--help'\?$" "$1" --hepl; }
@test "the closest option is suggested" { for_each closest_is_suggested; }

missing_operand_is_refused() { ! needs_operand "$1" || refused 2 "^$1: " "$1"; }
@test "a missing operand" {
  needs_operand sdme-start
  for_each missing_operand_is_refused
}

@test "an operand too many" {
  refused 2 "unexpected argument 'one'" sdme-ps one
  refused 2 "unexpected argument 'one'" sdme-fs-ls one
  refused 2 "unexpected argument 'one'" sdme-fs-gc one
  refused 2 "unexpected argument 'two'" sdme-create one two
}

option_without_value_is_refused() {
  refused 2 "'--config' needs a value: FILE" "$1" --config && refused 2 "'--help' takes no value" "$1" --help=yes
}
@test "an option without its value, a flag with one" { for_each option_without_value_is_refused; }

@test "help in other words" {
  [ "$("$SDME" help ps)" = "$("$SDME" ps --help)" ]
  [ "$("$SDME" help fs import)" = "$("$SDME" fs import --help)" ]
  [ "$("$SDME" help)" = "$("$SDME" --help)" ]
  [ "$("$SDME" help fs)" = "$("$SDME" fs --help)" ]
  [ "$("$SDME" fs -h)" = "$("$SDME" fs --help)" ]
  "$SDME" fs --help | grep -q '^  fs import  *Make'
  run -1 grep -q '^  ps' <("$SDME" fs --help)
  "$SDME" --help | grep -q '^  fs import  *Make'
  refused 127 "no command 'nonsense'" "$SDME" help nonsense
}

@test "commands that do not exist" {
  ln -s "$SDME" sdme-nonsense
  refused 127 "no command 'nonsense'" "$SDME" nonsense
  refused 127 "no command 'nonsense'" "$SDME" -v nonsense
  refused 127 "no applet 'sdme-nonsense'" ./sdme-nonsense --help
  refused 2 "no command given" "$SDME"
  refused 2 "import.*ls" "$SDME" fs
  refused 2 "unknown option '--nonsense'" "$SDME" --nonsense
}

@test "a program under another name is sdme" {
  ln -s "$SDME" another
  [ "$(./another --version)" = "$("$SDME" --version)" ]
  [ "$(./another ps --help)" = "$("$SDME" ps --help)" ]
}

@test "no argv[0]" {
  # shellcheck disable=SC2016
  [ "$(bash -c 'exec -a "" "$0" --version' "$SDME")" = "$("$SDME" --version)" ]
}

# --- output ---

full_output_is_told() {
  local status=0
  "$1" --help >/dev/full 2>err || status=$?
  [ $status = 1 ] && one_line "$(cat err)" && grep -q 'cannot write to standard output' err
}
@test "a full disk" { for_each full_output_is_told; }

closed_output_is_told() {
  local status=0
  "$1" --help >&- 2>err || status=$?
  [ $status = 1 ] && one_line "$(cat err)" && grep -q 'cannot write to standard output' err
}
@test "a closed standard output" { for_each closed_output_is_told; }

@test "a reader that has seen enough is no failure" {
  local -a statuses
  for i in 1 2 3 4 5; do
    set +o pipefail
    "$SDME" --dump-cli 2>err | head -n 1 >/dev/null
    statuses=("${PIPESTATUS[@]}")
    [ "${statuses[0]}" = 0 ]
    [ ! -s err ]
  done
}

@test "all descriptors closed" {
  run bash -c '"$0" --help <&- >&- 2>&-' "$SDME"
  [ "$status" = 1 ]
}

@test "options in front of --help" {
  [ "$("$SDME" -v --help)" = "$("$SDME" --help)" ]
  [ "$("$SDME" --config x --help)" = "$("$SDME" --help)" ]
}

# --- root ---

@test "what needs root says so, and how" {
  [ "$(id -u)" = 0 ] || skip "not root"
  as_nobody test -x "$SDME" || skip "the build is not readable by others"
  for command in "new" "create" "start x" "stop x" "rm x" "enable x" "fs import x" "fs rm x" "fs gc"; do
    # shellcheck disable=SC2086
    refused 1 "must be run as root, try it with sudo" as_nobody "$SDME" $command
  done
  # 1 would be a status of the command's
  refused 125 "must be run as root, try it with sudo" as_nobody "$SDME" exec x true
}
