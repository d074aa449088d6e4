#!/bin/bash
# The runner's sums: made-up suites that pass, fail, skip, crash and stop half way must be counted as
# what they are, and the last line and the exit status must say so.
# shellcheck disable=SC2016  # the made-up programs expand what is in quotes here
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp"/tests/{unit,fuzz/corpus/full,fuzz/corpus/empty,cli,system,check} "$tmp"/build/x/tests/{unit,fuzz}
cp "$here"/../{run,tap.awk} "$tmp/tests/"
cd "$tmp"

wrong=0
# counts WHAT 'P F S' STATUS ARG...: "run ARG..." must end with that sum and that status. Its output is
# in $tmp/out afterwards.
counts() {
  local what=$1 sum=$2 status=$3 got=0
  shift 3
  tests/run -b build/x "$@" >out 2>err || got=$?
  # shellcheck disable=SC2086
  printf '%d passed, %d failed, %d skipped\n' $sum > want
  if ! tail -n 1 out | cmp -s - want || [ $got != "$status" ] || [ "$(grep -c '^[0-9]* passed,' out)" != 1 ]; then
    echo "$what: expected status $status and $(cat want)"
    echo "got status $got and"
    cat out err
    wrong=1
  fi
}

says() { # ERE: the output of the last run must have such a line
  grep -qE -- "$1" out || { echo "no line like '$1' in"; cat out; wrong=1; }
}

program() { # PATH: an executable from standard input, in sh
  { echo '#!/bin/sh'; cat; } > "$1"
  chmod +x "$1"
}

unit() { # NAME: a unit program from standard input
  : > "tests/unit/$1.c"
  program "build/x/tests/unit/$1"
}

# --- unit: what cmocka prints ---
counts "no tests at all" "0 1 0" 1 unit
says '^FAIL unit: no tests found'

unit good <<'EOF'
printf '1..2\nok 1 - a\nok 2 - b\n# ok - group\n1..1\nok 1 - c\n# ok - group2\n'
EOF
counts "two groups" "3 0 0" 0 unit

unit bad <<'EOF'
printf 'noise\n1..3\nok 1 - a\nwords of b\nnot ok 2 - b\n# 0x1 != 0x2\n# b.c:8: error: Failure!\nok 3 - c\n# not ok - g\n'
exit 1
EOF
counts "a failure" "2 1 0" 1 build/x/tests/unit/bad
says '^FAIL unit/bad \(build/x\): b$'
says '^    words of b$'
says '^    # 0x1 != 0x2$'

counts "two side by side" "5 1 0" 1 build/x/tests/unit/good -- -b build/x build/x/tests/unit/bad
says '^FAIL unit/bad \(build/x\): b$'
counts "one of two does not run" "3 1 0" 1 build/x/tests/unit/good -- nonsense
says '^FAIL run: a runner ended with status 2$'

unit skips <<'EOF'
printf '1..2\nok 1 - a\nno kernel for it\nnot ok 2 # SKIP b\n# ok - g\n'
EOF
counts "a skip" "1 0 1" 0 build/x/tests/unit/skips
says '^SKIP unit/skips \(build/x\): b: no kernel for it$'

unit killed <<'EOF'
printf '1..4\nok 1 - a\nok 2 - b\n'
echo "last words" >&2
kill -SEGV $$
EOF
counts "a crash" "2 2 0" 1 build/x/tests/unit/killed
says '2 of 4 tests did not run: ended by signal 11'
says '^    last words$'

unit short <<'EOF'
printf '1..4\nok 1 - a\nok 2 - b\nok 3 - c\n'
EOF
counts "a short plan" "3 1 0" 1 build/x/tests/unit/short

unit long <<'EOF'
printf '1..1\nok 1 - a\nok 2 - b\n'
EOF
counts "a long plan" "2 1 0" 1 build/x/tests/unit/long

unit silent </dev/null
counts "a program that says nothing" "0 1 0" 1 build/x/tests/unit/silent

unit leaks <<'EOF'
printf '1..1\nok 1 - a\n# ok - g\n'
echo "ERROR: LeakSanitizer: detected memory leaks" >&2
exit 23
EOF
counts "a leak after the last test" "1 1 0" 1 build/x/tests/unit/leaks
says '^    ERROR: LeakSanitizer'

unit options <<'EOF'
echo 1..1
case "$ASAN_OPTIONS $UBSAN_OPTIONS" in
  *detect_leaks=1*halt_on_error=1*halt_on_error=1*) [ "$CMOCKA_MESSAGE_OUTPUT" = TAP ] && echo ok 1 ;;
esac
EOF
counts "the environment of a program" "1 0 0" 0 build/x/tests/unit/options

unit unplanned <<'EOF'
printf 'ok 1 - a\n'
EOF
counts "no plan" "1 1 0" 1 build/x/tests/unit/unplanned

: > tests/unit/unbuilt.c
counts "a whole suite" "16 9 1" 1 unit
says '^FAIL unit/unbuilt: not built'
rm tests/unit/* build/x/tests/unit/*

# --- fuzz ---
touch tests/fuzz/corpus/full/{a,b} tests/fuzz/fuzz-{full,none}.c tests/fuzz/replay.c
program build/x/tests/fuzz/fuzz-full <<<'[ $# = 2 ] && [ -e "$1" ]'
program build/x/tests/fuzz/fuzz-none <<<'exit 0'
counts "a corpus, and one that is missing" "1 1 0" 1 fuzz
says '^FAIL fuzz/fuzz-none \(build/x\): no corpus'
program build/x/tests/fuzz/fuzz-full <<<'echo boom; kill -ABRT $$'
counts "a crash on a corpus" "0 1 0" 1 build/x/tests/fuzz/fuzz-full
says '^    boom$'

# --- check ---
program tests/check/good.sh <<<'exit 0'
counts "a check" "1 0 0" 0 check
program tests/check/skips.sh <<<'echo "no tool"; exit 77'
counts "only a skip: nothing ran" "0 0 1" 1 tests/check/skips.sh
says '^SKIP check/skips.sh: no tool$'
program tests/check/bad.sh <<<'echo "not ok 7"; echo "1..9"; exit 3'
counts "a failing check, whatever it prints" "1 1 1" 1 check
says '^    1\.\.9$'

# --- cli: what bats prints ---
cat > tests/cli/a.bats <<'EOF'
@test "passes" { [ "$SDME_BUILD" = "$PWD/build/x" ]; }
@test "fails # not skip" { echo said; false; }
@test "skips" { skip "it rains"; }
EOF
counts "bats" "1 1 1" 1 cli
says '^FAIL cli/a.bats \(build/x\): fails # not skip$'
says '^    # said$'
says '^SKIP cli/a.bats \(build/x\): skips: it rains$'
echo 'setup_file() { false; }' > tests/cli/b.bats
cat tests/cli/a.bats >> tests/cli/b.bats
counts "setup_file fails" "0 3 0" 1 tests/cli/b.bats
echo 'teardown_file() { false; }' > tests/cli/c.bats
echo '@test "passes" { true; }' >> tests/cli/c.bats
counts "teardown_file fails" "1 1 0" 1 tests/cli/c.bats
echo '@test "kills" { kill -9 $$; }' >> tests/cli/d.bats
echo '@test "passes" { true; }' >> tests/cli/d.bats
counts "a bats test is killed" "1 1 0" 1 tests/cli/d.bats
echo 'syntax ( error {' > tests/cli/e.bats
counts "a bats file that is none" "0 1 0" 1 tests/cli/e.bats

# --- system ---
program tests/rootfs <<<'exit ${ROOTFS_STATUS:-0}'
program tests/testhost <<'EOF'
case $1 in
  start) echo "testhost: cannot run here: no moon"; exit ${HOST_STATUS:-0} ;;
  *) echo "$@" >> calls ;;
esac
EOF
cat > tests/system/a.bats <<'EOF'
@test "has a host" { [ -n "$TESTHOST" ]; }
@test "skips" { skip "no power"; }
EOF
cp tests/system/{a,b}.bats
counts "system tests" "2 0 2" 0 system
[ "$(grep -c '^stop run\.' calls)" = 1 ] || { echo "the host was not stopped once"; cat calls; wrong=1; }
HOST_STATUS=77 counts "no host to be had: each test is skipped" "0 0 4" 1 system
says '^SKIP system/a.bats .*cannot run here: no moon$'
HOST_STATUS=77 counts "others did run" "1 0 4" 0 tests/check/good.sh system
HOST_STATUS=1 counts "a host that breaks is a failure" "0 2 0" 1 system
ROOTFS_STATUS=77 counts "no root file system to be had" "0 0 4" 1 system
ROOTFS_STATUS=1 counts "a root file system that breaks" "0 2 0" 1 system

# --- usage ---
status=0
tests/run nonsense >out 2>err || status=$?
[ $status = 2 ] || { echo "an unknown suite: status $status"; wrong=1; }

exit $wrong
