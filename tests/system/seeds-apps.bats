#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2030,SC2031,SC2154  # what is expanded in the host is not to be here; load and run set variables
#
# Applications of images in containers, with the commands of the documents: nginx, redis and a database, in
# containers with a user namespace and without, answered with curl, redis-cli and SQL.

load lib
load appimages
setup_file() { apps_setup; }
setup() { apps_check; }
teardown_file() { apps_teardown; }
teardown() {
  [ -n "${BATS_TEST_COMPLETED-}" ] || in_host sh -c 'sdme rm --all --force; ip link del elsewhere; rm -rf /srv/mysql-data /var/lib/sdme/mysql-data' \
    > /dev/null 2>&1 || true
}

fs=/var/lib/sdme/fs
plain_and_shifted=("" --userns)

# nginx FLAG CREATE-ARGUMENT...: a container of it, $c, and when it answers, where: $url. Whoever has a user namespace may
# not have port 80 of the host's network.
nginx() {
  c=$(unique web) url=http://localhost
  if [ -z "$1" ]; then shift; else url+=:8099; set -- "$@" --oci-env NGINX_PORT=8099; fi
  in_host sdme create --started -r nginx "$@" "$c"
  wait_until 30 is_served "$url"
}

# --- import ---------------------------------------------------------------------------------------

@test "fs import nginx: an application is seen, and becomes a layer on its base" {
  imports nginx "$hub/nginx" --base-fs=ubuntu -v
  [[ $stderr == *application* ]]
  in_host test -x $fs/nginx/oci/root/usr/sbin/nginx
  in_host test -x $fs/nginx/oci/apps/nginx/root/docker-entrypoint.sh
  in_host grep -qx NGINX_VERSION=1 $fs/nginx/oci/env
  in_host grep -qFx 'GREETING=100% of $HOME'"'"'s "words"' $fs/nginx/oci/env
  [ "$(in_host cat $fs/nginx/oci/ports)" = 80/tcp ]
  [ "$(in_host cat $fs/nginx/oci/apps/nginx/volumes)" = "" ]
  in_host test ! -e $fs/nginx/usr # the base is not in it
  [ "$(in_host stat -L -c %a $fs/nginx/oci/env)" = 600 ]
  run in_host cat $fs/nginx/etc/systemd/system/sdme-oci-app.service
  [[ $output == *ExecStart=* && $output == *KillSignal=SIGQUIT* ]]
  run in_host sdme fs rm ubuntu
  [ "$status" = 1 ]
  [[ $output == *nginx* ]]
  run -0 in_host sdme fs ls
  [[ $output == *"nginx   Ubuntu 24.04.1 LTS"* ]]
}

@test "an application without a base is an error that says what to give; default_base_fs gives it" {
  run --separate-stderr in_host sdme fs import web "$hub/nginx"
  [ "$status" = 1 ]
  [[ $stderr == *--base-fs* && $stderr == *default_base_fs* ]]
  in_host test ! -e $fs/web
  in_host sdme config set default_base_fs ubuntu
  imports web "$hub/nginx" -v
  in_host test -x $fs/web/oci/root/usr/sbin/nginx
  in_host sdme config set default_base_fs ''
  in_host sdme fs rm web
  run in_host sdme fs import web "$hub/nginx" --base-fs=nosuch
  [ "$status" = 1 ]
  [[ $output == *nosuch* ]]
}

@test "--oci-mode says what an image is" {
  imports web "$hub/nginx" --oci-mode=app --base-fs=ubuntu
  in_host test -x $fs/web/oci/root/usr/sbin/nginx
  in_host sdme fs rm web
  imports web "$hub/nginx" --oci-mode=base --force
  in_host test -x $fs/web/usr/sbin/nginx
  in_host test ! -e $fs/web/oci
  in_host sdme fs rm web
  run in_host sdme fs import web "$hub/nginx" --oci-mode=base --base-fs=ubuntu
  [ "$status" = 2 ] || [ "$status" = 1 ]
  run in_host sdme fs import web "$hub/nginx" --oci-mode=app
  [ "$status" = 1 ]
  [[ $output == *--base-fs* ]]
  imports system "$hub/ubuntu:24.04" --oci-mode=app --base-fs=ubuntu # a shell is a program, too
  in_host test -x $fs/system/oci/root/usr/bin/curl
  in_host sdme fs rm system
}

# --- nginx ----------------------------------------------------------------------------------------

@test "sdme new -r nginx: it answers curl, in the container and on the host" {
  has nginx nginx
  c=$(unique web)
  run -0 in_host sdme new -r nginx "$c" -- systemctl status sdme-oci-app.service
  [[ $output == *"Active: active (running)"* ]]
  wait_until 30 is_served http://localhost
  run -0 in_host sdme exec "$c" curl -s http://localhost
  [[ $output == *"Welcome to nginx!"* ]]
  in_host sdme rm "$c" 2> /dev/null
}

@test "nginx in a user namespace has its port in a network of its own" {
  has nginx nginx
  c=$(unique web)
  in_host sdme new -r nginx --userns --private-network "$c" -- true
  inside() { [[ $(in_host sdme exec "$c" curl -s http://localhost) == *"Welcome to nginx!"* ]]; }
  wait_until 30 inside
  run ! is_served http://localhost
  in_host sdme rm "$c" 2> /dev/null
}

@test "nginx says what it does" {
  has nginx nginx
  for flag in "${plain_and_shifted[@]}"; do
    nginx "$flag"
    run in_host curl -s "$url/of-$c"
    wait_until 10 app_said "$c" '"GET / HTTP/1.1" 200' # by way of /dev/stdout and /dev/stderr
    wait_until 10 app_said "$c" "open() \"/usr/share/nginx/html/of-$c\" failed"
    run -0 in_host sdme exec "$c" systemctl status sdme-oci-app.service
    [[ $output == *"Active: active (running)"* && $output == *"nginx: worker process"* ]]
    [ "$(in_host sdme ps --json | jq -r ".[0].health")" = ok ]
    in_host sdme rm "$c" 2> /dev/null
  done
}

@test "nginx is told to stop with its own signal, and leaves in peace" {
  has nginx nginx
  for flag in "${plain_and_shifted[@]}"; do
    nginx "$flag"
    in_host sdme exec "$c" systemctl stop sdme-oci-app.service
    run -0 app_logs "$c"
    [[ $output == *"signal 3 (SIGQUIT) received"* && $output == *"gracefully shutting down"* && $output == *": exit"* ]]
    service_is "$c" Result success
    service_is "$c" ExecMainStatus 0
    in_host sdme exec "$c" systemctl start sdme-oci-app.service
    wait_until 30 is_served "$url"
    in_host sdme stop "$c" 2> /dev/null
    run ! is_served "$url"
    in_host sdme start "$c"
    wait_until 30 is_served "$url"
    in_host sdme rm "$c" 2> /dev/null
  done
}

@test "--hardened and --strict nginx: in a network of its own, with docker's privileges" {
  has nginx nginx
  for flag in --hardened --strict; do
    c=$(unique web)
    in_host sdme new -r nginx $flag "$c" -- true
    wait_until 30 in_host sdme exec "$c" curl -sSo /dev/null http://localhost
    run ! is_served http://localhost
    [ $((0x$(status_line "$c" CapBnd) & 1 << 19)) = 0 ] # SYS_PTRACE
    [ $((0x$(status_line "$c" CapBnd) & 1 << 21)) = 0 ] # SYS_ADMIN
    [ "$(status_line "$c" NoNewPrivs)" = 1 ]
    [ "$(status_line "$c" Seccomp)" = 2 ]
    in_host sdme stop "$c" 2> /dev/null
    in_host sdme rm "$c" 2> /dev/null
  done
}

@test "its port is one of the host's addresses where it has a network of its own" {
  has nginx nginx
  c=$(unique web)
  in_host ip link add elsewhere type veth peer elsewhere-peer
  in_host ip address add 192.0.2.1/24 dev elsewhere
  in_host ip link set elsewhere up
  in_host ip link set elsewhere-peer up
  in_host sdme create --started -r nginx --network-veth "$c"
  wait_until 60 is_served http://192.0.2.1
  in_host sdme rm "$c" 2> /dev/null
  in_host sdme create --started -r nginx --network-veth --port 8080:80 "$c"
  wait_until 60 is_served http://192.0.2.1:8080
  run ! is_served http://192.0.2.1
  in_host sdme rm "$c" 2> /dev/null
  in_host sdme create --started -r nginx --network-veth --no-oci-ports "$c"
  own_address() { in_host sdme ps --json | jq -r '.[0].addresses[] | select(test("^[0-9.]+$"))' | head -n 1; }
  is_served_there() { is_served "http://$(own_address)"; }
  wait_until 60 is_served_there
  run ! is_served http://192.0.2.1
  [ "$(in_host sdme ps --json | jq -c '.[0] | .. | .ports? // empty')" = '[]' ]
  in_host sdme rm "$c" 2> /dev/null
  in_host ip link del elsewhere
}

@test "--oci-env reaches the application, each byte of it, and only it" {
  has nginx nginx
  c=$(unique web)
  value='%h $HOME ${HOME} "a" '\''b'\'' \n #x ; '
  in_host sdme create --started -r nginx --oci-env NGINX_PORT=8099 --oci-env "VALUE=$value" --oci-env GREETING= "$c"
  wait_until 30 is_served http://localhost:8099
  [ "$(in_app "$c" sh -c 'printf %s "$VALUE"')" = "$value" ]
  [ "$(in_app "$c" sh -c 'env | grep -c "^GREETING="')" = 1 ]
  [ "$(in_app "$c" sh -c 'echo "${GREETING-unset}:$NGINX_VERSION"')" = :1 ]
  [ "$(in_host sdme exec "$c" sh -c 'echo "${NGINX_PORT-unset}"')" = unset ]
  run in_host grep -c NGINX_PORT $fs/nginx/oci/env
  [ "$output" = 0 ] # what is of one container is not of the others
  in_host sdme rm "$c" 2> /dev/null
  run in_host sdme create -r ubuntu --oci-env A=b "$c"
  [ "$status" = 1 ]
  run in_host sdme create -r nginx --oci-env A "$c"
  [ "$status" = 2 ] || [ "$status" = 1 ]
}

@test "--oci-restart: what has ended is begun again, as often as is said" {
  has nginx nginx
  c=$(unique web)
  in_host sdme create --started -r nginx --oci-restart always "$c"
  wait_until 30 is_served http://localhost
  in_host sdme exec "$c" systemctl kill --signal KILL sdme-oci-app.service
  restarted() { [ "$(service "$c" NRestarts)" -ge 1 ]; }
  wait_until 30 restarted
  wait_until 30 is_served http://localhost
  in_host sdme rm "$c" 2> /dev/null
  in_host sdme create --started -r nginx "$c"
  wait_until 30 is_served http://localhost
  in_host sdme exec "$c" systemctl kill --signal KILL sdme-oci-app.service
  wait_until 30 service_is "$c" ActiveState failed
  service_is "$c" NRestarts 0
  in_host sdme rm "$c" 2> /dev/null
  run in_host sdme create -r nginx --oci-restart sometimes "$c"
  [ "$status" = 2 ] || [ "$status" = 1 ]
}

@test "nginx of an image whose user is not root: its logs, its directory, its pages in a volume" {
  has unprivileged nginx-unprivileged
  [ "$(in_host cat $fs/unprivileged/oci/volumes)" = /usr/share/nginx/html ]
  for flag in "${plain_and_shifted[@]}"; do
    c=$(unique unpriv)
    in_host sdme create --started -r unprivileged $flag "$c"
    wait_until 30 is_served http://localhost:8080
    is_served http://localhost:8080/welcome.html
    wait_until 10 app_said "$c" '"GET /welcome.html HTTP/1.1" 200'
    [ "$(in_app "$c" id -u):$(in_app "$c" id -g)" = 101:101 ]
    [ "$(in_app "$c" --user root id -u)" = 0 ]
    [ "$(in_app "$c" pwd -P)" = /usr/share/nginx/html ]
    [ "$(in_app "$c" sh -c 'echo $APP_ROOT')" = /usr/share/nginx ]
    # a new volume is as the image has that directory, and is written to
    [ "$(in_app "$c" stat -c '%u %g %a' /usr/share/nginx/html)" = "101 101 2775" ]
    in_app "$c" sh -c 'echo mine > mine; stat -c "%u %h" welcome.html mine'
    in_app "$c" findmnt /usr/share/nginx/html
    [ "$(in_host curl -s http://localhost:8080/mine)" = mine ]
    run -0 in_host sdme rm "$c"
    [[ $output == *"/var/lib/sdme/volumes/$c"* ]]
    # it is there for the next one of that name
    in_host sdme create --started -r unprivileged $flag "$c"
    wait_until 30 is_served http://localhost:8080
    [ "$(in_host curl -s http://localhost:8080/mine)" = mine ]
    in_app "$c" sh -c 'echo more >> mine'
    in_host sdme rm "$c" 2> /dev/null
    in_host sdme create --started -r unprivileged $flag --no-oci-volumes "$c"
    wait_until 30 is_served http://localhost:8080
    [ "$(in_host curl -so /dev/null -w '%{http_code}' http://localhost:8080/mine)" = 404 ]
    run ! in_app "$c" findmnt /usr/share/nginx/html
    in_host sdme rm "$c" 2> /dev/null
    in_host rm -r "/var/lib/sdme/volumes/$c"
  done
}

# --- the database ---------------------------------------------------------------------------------

@test "mysql: a variable in the file env, before it is made; SQL from its own tree and from the host" {
  imports mysql "$hub/mysql" --base-fs=ubuntu -v
  run -0 in_host sh -c "echo 'MYSQL_ROOT_PASSWORD=secret' | tee -a $fs/mysql/oci/env"
  for flag in "${plain_and_shifted[@]}"; do
    c=$(unique db)
    in_host sdme new -r mysql $flag "$c" -- systemctl status sdme-oci-app.service
    ready() { in_host sdme exec "$c" journalctl -u sdme-oci-app.service | grep -q 'port: 3306'; }
    wait_until 120 ready
    run -0 in_host sdme exec "$c" journalctl -u sdme-oci-app.service
    [[ $output == *"ready for connections"*"MariaDB init process done"*"ready for connections"* ]]
    run -0 in_host sdme exec "$c" chroot /oci/root mysql -u root -psecret -e 'SELECT 1'
    [ "$output" = $'1\n1' ]
    run -0 in_host mysql -u root -psecret -h 127.0.0.1 -e 'SELECT 1'
    [ "$output" = $'1\n1' ]
    run in_host mysql -u root -pwrong -h 127.0.0.1 -e 'SELECT 1'
    [ "$status" = 1 ]
    in_app "$c" mysql -psecret -e "CREATE DATABASE shop; CREATE TABLE shop.t (n INT); INSERT INTO shop.t VALUES (42)"
    [ "$(in_app "$c" stat -c %U /var/lib/mysql/shop)" = mysql ]
    in_host sdme stop "$c" 2> /dev/null
    in_host sdme rm "$c" 2> /dev/null
    # the data is in a volume; another password is of no use to what has one
    in_host sdme create --started -r mysql $flag --oci-env MYSQL_ROOT_PASSWORD=other "$c"
    wait_until 120 ready
    [ "$(in_host mysql -u root -psecret -h 127.0.0.1 -N -e 'SELECT n FROM shop.t')" = 42 ]
    in_host sdme rm "$c" 2> /dev/null
    in_host rm -r "/var/lib/sdme/volumes/$c"
  done
}

@test "the journal of an application can be followed" {
  has mysql mysql
  c=$(unique db)
  in_host sdme create --started -r mysql --oci-env MYSQL_ROOT_PASSWORD=secret "$c"
  in_host bash -c 'exec 3< <(exec sdme exec "$0" journalctl -u sdme-oci-app.service -f -n all); grep -m 1 "port: 3306" <&3; kill $!' "$c"
  in_host bash -c 'exec 3< <(exec sdme logs --oci "$0" -f -n all); grep -m 1 "port: 3306" <&3; kill $!' "$c"
  in_host sdme rm "$c" 2> /dev/null
  in_host rm -r "/var/lib/sdme/volumes/$c"
}

@test "mysql without a password says so, and its service has failed" {
  imports bare "$hub/mysql" --base-fs=ubuntu
  c=$(unique db)
  in_host sdme create --started -r bare "$c"
  wait_until 30 service_is "$c" ActiveState failed
  service_is "$c" ExecMainStatus 1
  wait_until 10 app_said "$c" "Database is uninitialized and password option is not specified"
  in_host sdme rm "$c" 2> /dev/null
  in_host rm -rf "/var/lib/sdme/volumes/$c"
  in_host sdme fs rm bare
}

@test "a directory of the host's in place of a volume" {
  has mysql mysql
  for flag in "${plain_and_shifted[@]}"; do
    c=$(unique db) data=/srv/mysql-data
    [ -z "$flag" ] || data=/var/lib/sdme/mysql-data # /srv of the host cannot shift owners
    in_host mkdir $data
    in_host sdme create --started -r mysql $flag --oci-env MYSQL_ROOT_PASSWORD=secret \
      --bind $data:/oci/root/var/lib/mysql "$c"
    answers() { [ "$(in_host mysql -u root -psecret -h 127.0.0.1 -N -e 'SELECT 1')" = 1 ]; }
    wait_until 120 answers 2> /dev/null
    in_host test -d $data/mysql
    in_host test ! -e "/var/lib/sdme/volumes/$c"
    in_host sdme rm "$c" 2> /dev/null
    in_host rm -r $data
  done
}

# --- redis ----------------------------------------------------------------------------------------

@test "redis: exec, logs and join --oci, as the documents write them and in other orders" {
  imports redis "$hub/redis" --base-fs=ubuntu
  for flag in "${plain_and_shifted[@]}"; do
    c=$(unique cache)
    in_host sdme new -r redis $flag "$c" -- true
    pong() { [ "$(in_host sdme exec --oci "$c" redis-cli ping 2>&1)" = PONG ]; }
    wait_until 30 pong
    [ "$(in_host sdme exec "$c" --oci -- redis-cli ping)" = PONG ]
    [ "$(in_host sdme exec --oci redis "$c" redis-cli ping)" = PONG ]
    [ "$(in_host redis-cli ping)" = PONG ]
    run -0 in_host sdme logs --oci "$c"
    [[ $output == *"Ready to accept connections"* ]]
    run -0 in_host sdme logs "$c" --oci -n 1 --no-pager
    [ "${#lines[@]}" = 1 ]
    run -0 in_host sh -c 'echo redis-cli ping | sdme join --oci "$0"' "$c"
    [ "${output%$'\r'}" = PONG ]
    run -0 on_tty sdme join --oci "$c" sh -c 'test -t 0 && test -t 1 && stty size < /dev/tty && redis-cli ping'
    [[ $output == *PONG* ]]
    # its status, its input, its output
    run in_app "$c" sh -c 'exit 42'
    [ "$status" = 42 ]
    [ "$(in_app "$c" cat <<< input)" = input ]
    # in_host's own: 16 MiB of anything
    in_host bash -c 'head -c 16777216 /dev/urandom > /run/in; sdme exec --oci "$0" cat < /run/in | cmp - /run/in; rm /run/in' "$c"
    in_host sdme rm "$c" 2> /dev/null
    in_host rm -r "/var/lib/sdme/volumes/$c"
  done
}

@test "a command beside an application has what the application has, and no more" {
  has redis redis
  for flag in "${plain_and_shifted[@]}"; do
    c=$(unique cache)
    in_host sdme create --started -r redis $flag --oci-env EXTRA='two words' "$c"
    pong() { [ "$(in_host sdme exec --oci "$c" redis-cli ping 2>&1)" = PONG ]; }
    wait_until 30 pong
    [ "$(in_app "$c" sh -c 'echo "$REDIS_VERSION:$EXTRA:$PWD:$HOME"')" = "7:two words:/data:/root" ]
    [ "$(in_app "$c" id -u)" = 0 ]
    [ "$(in_app "$c" --user redis sh -c 'id -un; id -G')" = $'redis\n999' ]
    [ "$(in_app "$c" --user redis sh -c 'touch /data/mine; stat -c %U /data/mine')" = redis ]
    same() { [ "$(in_app "$c" sh -c "$1 /proc/self/$2")" = "$(in_app "$c" sh -c "$1 /proc/1/$2")" ]; }
    for ns in pid ipc mnt net user uts cgroup; do same readlink ns/$ns; done
    for key in CapBnd Seccomp NoNewPrivs; do
      [ "$(in_app "$c" awk "\$1 == \"$key:\" { print \$2 }" /proc/self/status)" = "$(status_line "$c" $key)" ]
    done
    [ "$(status_line "$c" Seccomp)" = 2 ]
    [ $((0x$(status_line "$c" CapBnd) & 1 << 21)) = 0 ] # SYS_ADMIN
    run in_app "$c" mount -t tmpfs tmpfs /mnt
    [ "$status" != 0 ]
    # nothing of the host's: its own processes alone, and a cgroup of the service
    [ "$(in_app "$c" cat /proc/1/comm)" != systemd ]
    run -0 in_app "$c" cat /proc/self/cgroup
    [[ $output != *"/../"* ]]
    run -0 in_host sdme exec "$c" sh -c 'cat /proc/[0-9]*/comm'
    [[ $output == *redis-server* ]]
    in_host sdme rm "$c" 2> /dev/null
    in_host rm -r "/var/lib/sdme/volumes/$c"
  done
}

@test "what redis keeps survives rm, and belongs to its user" {
  has redis redis
  for flag in "${plain_and_shifted[@]}"; do
    c=$(unique cache)
    for round in first second; do
      in_host sdme create --started -r redis $flag "$c"
      pong() { [ "$(in_host sdme exec --oci "$c" redis-cli ping 2>&1)" = PONG ]; }
      wait_until 30 pong
      if [ $round = first ]; then
        in_app "$c" redis-cli set colour green
        in_host sdme stop "$c" 2> /dev/null # and it saves
      else
        [ "$(in_app "$c" redis-cli get colour)" = green ]
        [ "$(in_app "$c" stat -c '%U:%G' /data/dump.rdb)" = redis:redis ]
      fi
      run -0 in_host sdme rm "$c"
      [[ $output == *"/var/lib/sdme/volumes/$c"* ]]
    done
    in_host rm -r "/var/lib/sdme/volumes/$c"
  done
}

# --- health ---------------------------------------------------------------------------------------

health() { in_host sdme ps --json | jq -r --arg name "$1" '.[] | select(.name == $name).health'; }
health_is() { [ "$(health "$1")" = "$2" ]; }

@test "HEALTHCHECK: what ps shows, while it starts, is well, is ill, is well again" {
  has checked redis-health
  for flag in "${plain_and_shifted[@]}"; do
    c=$(unique checked)
    in_host sdme create --started -r checked $flag "$c"
    wait_until 30 health_is "$c" healthy
    in_app "$c" sh -c 'kill -STOP $(pidof redis-server)'
    wait_until 60 health_is "$c" unhealthy
    in_app "$c" sh -c 'kill -CONT $(pidof redis-server)'
    wait_until 30 health_is "$c" healthy
    in_host sdme rm "$c" 2> /dev/null
    in_host sdme create --started -r checked $flag --no-healthcheck "$c"
    wait_until 30 health_is "$c" ok
    in_host sdme rm "$c" 2> /dev/null
    in_host rm -r "/var/lib/sdme/volumes/$c"
  done
}

# --- several --------------------------------------------------------------------------------------

@test "several applications in one container: --add-app, and --oci APP" {
  imports shop "$hub/nginx" --base-fs=ubuntu
  imports shop "$hub/redis" --add-app
  for flag in "${plain_and_shifted[@]}"; do
    c=$(unique shop)
    in_host sdme create --started -r shop $flag --oci-env nginx:NGINX_PORT=8099 "$c"
    wait_until 30 is_served http://localhost:8099
    pong() { [ "$(in_host sdme exec "$c" --oci redis redis-cli ping 2>&1)" = PONG ]; }
    wait_until 30 pong
    run -0 in_host sdme exec "$c" systemctl is-active sdme-oci-nginx.service sdme-oci-redis.service
    [ "$output" = $'active\nactive' ]
    run -0 in_host sdme logs --oci redis "$c" --no-pager -o cat
    [[ $output == *"Ready to accept connections"* && $output != *nginx* ]]
    run -0 in_host sdme logs "$c" --oci nginx --no-pager -o cat
    [[ $output == *"ready for start up"* && $output != *redis* ]]
    run in_host sdme exec --oci "$c" true
    [ "$status" != 0 ]
    [[ $output == *nginx* && $output == *redis* ]]
    # each sees itself alone
    run -0 in_host sdme exec --oci redis "$c" sh -c 'cat /proc/[0-9]*/comm'
    [[ $output != *nginx* ]]
    in_host sdme rm "$c" 2> /dev/null
    in_host rm -r "/var/lib/sdme/volumes/$c"
  done
  in_host sdme fs rm shop
}
