# web.bash: starts and stops web.py, the server of the tests of URLs, registries and proxies.

# web_start: serves $PWD/web; sets http, https, proxy (and, with TUNNEL, tunnel) to ports, web_log to its log
web_start() {
  local name port
  mkdir -p web
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -keyout ca.key -out ca.pem \
    -subj /CN=ca 2> openssl.err || { cat openssl.err; return 1; }
  mkfifo web.stdin web.ports
  web_log=$PWD/web.log
  python3 "$BATS_TEST_DIRNAME/web.py" "$web_log" web ca < web.stdin > web.ports 3>&- 2> web.err &
  web_pid=$!
  exec {web_stdin}> web.stdin
  while read -r name port; do
    [ "$name" != ready ] || break
    printf -v "$name" %s "$port"
  done < web.ports
  # shellcheck disable=SC2154  # set above
  [ -n "$http" ] || { cat web.err; return 1; }
}

web_stop() {
  [ -z "${web_pid-}" ] || kill "$web_pid" 2> /dev/null || true
}
