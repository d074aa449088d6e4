#!/bin/sh
# What is in /docker-entrypoint.d prepares the server.
set -e
say() { [ -n "${NGINX_ENTRYPOINT_QUIET_LOGS:-}" ] || echo "$0: $*"; }
case $1 in
  nginx|nginx-debug)
    for script in /docker-entrypoint.d/*.sh; do
      if [ -x "$script" ]; then
        say "Launching $script"
        "$script"
      else
        say "Ignoring $script, not executable"
      fi
    done
    say "Configuration complete; ready for start up" ;;
esac
exec "$@"
