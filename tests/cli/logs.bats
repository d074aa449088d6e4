#!/usr/bin/env bats
# logs: what journalctl is given, by one that only shows it.

load lib

setup() {
  [ "$EUID" = 0 ] || skip "must be root"
  cli_setup
  mkdir bin
  printf '#!/bin/sh\nprintf "<%%s>" "$@"\nexit 7\n' > bin/journalctl
  chmod +x bin/journalctl
  PATH=$PWD/bin:$PATH
  sdme create clitest 2> /dev/null
}

@test "follow and lines stand in front of the name or behind it, all others behind it" {
  run -7 sdme logs -f -n 5 clitest --since 'an hour ago' -o json
  [ "$output" = "<-u><sdme@clitest.service><--follow><--lines=5><--since><an hour ago><-o><json>" ]
  run -7 sdme logs --lines=5 --follow clitest
  [ "$output" = "<-u><sdme@clitest.service><--follow><--lines=5>" ]
  run -7 sdme logs clitest -f -n 5
  [ "$output" = "<-u><sdme@clitest.service><-f><-n><5>" ]
  usage_error logs --since today clitest
}
