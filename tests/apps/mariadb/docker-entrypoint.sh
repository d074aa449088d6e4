#!/bin/bash
# An empty data directory is filled, with the password of root that the environment gives; then the server
# runs as the user mysql.
set -eo pipefail
datadir=/var/lib/mysql
socket=/run/mysqld/mysqld.sock

note() { echo "$(date --rfc-3339=seconds) [$1] [Entrypoint]: ${*:2}"; }
die() { note ERROR "$@" >&2; exit 1; }

# setting NAME: prints the value of MARIADB_NAME or MYSQL_NAME, or the content of the file NAME_FILE names
setting() {
  local prefix name
  for prefix in MARIADB MYSQL; do
    name=${prefix}_$1
    if [ -n "${!name}" ]; then echo "${!name}"; return; fi
    name+=_FILE
    if [ -n "${!name}" ]; then cat "${!name}"; return; fi
  done
}

quoted() { sed "s/[\\\\']/\\\\&/g; 1s/^/'/; \$s/\$/'/" <<< "$1"; }

client() { mariadb --protocol=socket --socket="$socket" -uroot "$@"; }

initialise() { # with the arguments of the server
  local password user database server i
  password=$(setting ROOT_PASSWORD)
  [ -n "$password" ] || [ -n "$(setting ALLOW_EMPTY_PASSWORD)" ] || [ -n "$(setting ALLOW_EMPTY_ROOT_PASSWORD)" ] ||
    die "Database is uninitialized and password option is not specified: one of MARIADB_ROOT_PASSWORD," \
      "MARIADB_ROOT_PASSWORD_FILE and MARIADB_ALLOW_EMPTY_ROOT_PASSWORD has to be set"
  note Note "Initializing database files"
  mariadb-install-db --datadir="$datadir" --auth-root-authentication-method=normal --skip-test-db \
    --rpm --skip-log-bin > /dev/null
  note Note "Starting temporary server"
  "$@" --datadir="$datadir" --skip-networking --socket="$socket" --innodb-buffer-pool-load-at-startup=0 &
  server=$!
  for ((i = 0; i < 600; i++)); do
    ! client -e 'SELECT 1' > /dev/null 2>&1 || break
    kill -0 $server 2> /dev/null || die "Unable to start server."
    sleep .1
  done
  note Note "Temporary server started."
  {
    echo "SET @@SESSION.SQL_LOG_BIN=0;"
    echo "DELETE FROM mysql.global_priv WHERE User != 'mariadb.sys' AND Host != 'localhost'; FLUSH PRIVILEGES;"
    [ -z "$password" ] || echo "ALTER USER root@localhost IDENTIFIED BY $(quoted "$password");"
    echo "CREATE USER root@'%' IDENTIFIED BY $(quoted "$password"); GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;"
    database=$(setting DATABASE) user=$(setting USER)
    [ -z "$database" ] || echo "CREATE DATABASE IF NOT EXISTS \`$database\`;"
    [ -z "$user" ] || echo "CREATE USER $(quoted "$user")@'%' IDENTIFIED BY $(quoted "$(setting PASSWORD)");"
    [ -z "$user" ] || [ -z "$database" ] || echo "GRANT ALL ON \`$database\`.* TO $(quoted "$user")@'%';"
    echo "SHUTDOWN;"
  } | client
  note Note "Stopping temporary server"
  wait $server
  note Note "MariaDB init process done. Ready for start up."
}

if [ "${1#-}" != "$1" ]; then set -- mariadbd "$@"; fi # only options
if [ "$1" = mariadbd ] || [ "$1" = mysqld ]; then
  note Note "Entrypoint script for MariaDB Server started."
  if [ "$(id -u)" = 0 ]; then
    find "$datadir" /run/mysqld \! -user mysql -exec chown mysql: '{}' +
    note Note "Switching to dedicated user 'mysql'"
    exec setpriv --reuid=mysql --regid=mysql --clear-groups -- "$0" "$@"
  fi
  [ -d "$datadir/mysql" ] || initialise "$@"
fi
exec "$@"
