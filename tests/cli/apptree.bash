# shellcheck shell=bash
# A tree that stands for a container's, with an application "x" whose image is busybox.

apptree_setup() {
  T=$PWD/tree R=$PWD/tree/oci/apps/x/root
  mkdir -p "$T"/{bin,dev,proc,sys,run/sdme/filters,etc,old,tmp} "$R/bin"
  cp "$(command -v busybox)" "$T/bin/"
  cp "$(command -v busybox)" "$R/bin/"
  "$R/bin/busybox" --install "$R/bin"
  for name in app-init connector-client connector-server; do cp "$SDME_BUILD/sdme-inside" "$T/sdme-$name"; done
  echo nameserver 192.0.2.1 > "$T/etc/resolv.conf"
  echo 127.0.0.1 localhost > "$T/etc/hosts"
}

# inside CMD...: with the tree as the root of a mount namespace; the process becomes the command. What is to
# be seen of its /proc is ours.
inside() {
  # shellcheck disable=SC2016,SC2086
  exec unshare --mount --propagation private env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    ${LISTEN_PID:+LISTEN_PID=$LISTEN_PID LISTEN_FDS=$LISTEN_FDS} "$BASH" -c '
    set -e
    tree=$1; shift
    mount --rbind "$tree" "$tree"
    cd "$tree"
    for dir in proc sys dev; do mount --rbind /$dir $dir; done
    pivot_root . old
    cd /
    exec /bin/busybox sh -c "/bin/busybox umount -l /old; exec \"\$@\"" sh "$@"' bash "$T" "$@"
}

# app FIELD...: what app.json has besides; the program's argument vector is in the variable argv
app() {
  local fields='"read_only": false' field
  [[ "$*" == *seccomp* ]] || set -- '"seccomp": false' "$@"
  [[ "$*" != *read_only* ]] || fields='"connector": false'
  for field; do fields+=", $field"; done
  printf '{"argv": %s, %s}' "$argv" "$fields" > "$T/oci/apps/x/app.json"
}

# program SCRIPT [FIELD...]: the program is a shell's script
program() {
  argv=$(jq -nc --arg script "$1" '["sh", "-c", $script]')
  shift
  app "$@"
}

app_init() { (inside /sdme-app-init "${@:-x}"); }

# start_app: in the background, with its output in the file "out"; $pid
start_app() {
  (inside /sdme-app-init x) < /dev/null > out 2> err 3>&- &
  pid=$!
}

# until CMD...: as long as it takes, and no longer than what would be a hang
until_true() {
  local i
  for ((i = 0; i < 500; i++)); do
    if "$@"; then return 0; fi
    sleep 0.02
  done
  echo "never true: $*"
  cat err 2> /dev/null
  return 1
}

has_line() { grep -qxF -- "$1" "$2" 2> /dev/null; }
is_gone() { ! kill -0 "$1" 2> /dev/null; }
