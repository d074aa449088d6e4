# registry.bash: starts and stops registry.py, the registry that fails in every way that is known.

# registry_start: sets at to its host and port, layer, second and half to what it says of its layers; requests
# are in ./log
# shellcheck disable=SC2034
registry_start() {
  local port
  mkfifo registry.stdin registry.port
  "$BATS_TEST_DIRNAME/registry.py" log < registry.stdin > registry.port 3>&- &
  exec {registry_stdin}> registry.stdin
  read -r port layer second half < registry.port
  rm registry.stdin registry.port
  at=localhost:$port
}

registry_stop() { [ -z "${registry_stdin-}" ] || exec {registry_stdin}>&-; }
