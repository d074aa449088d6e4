# What bash, zsh and fish offer, asked of the real shells. The names of containers and root filesystems
# come from an sdme of the test's own.

load lib

setup_file() {
  export OUT; OUT=${SDME_COMPLETIONS-}
  [ -n "$OUT" ] || OUT=$(readlink -f "$BATS_TEST_DIRNAME/../../completions/out")
}

setup() {
  local name
  cli_setup
  mkdir bin
  # The words of real links, but only some of the applets are installed here.
  for name in new create start stop ps exec logs set config fs-import fs-ls fs-rm; do ln -s sdme "bin/sdme-$name"; done
  cat > bin/sdme <<'END'
#!/bin/sh
case $* in
  "--config "*files/other.conf" ps -q") echo elsewhere ;;
  "--config "*files/other.conf" fs ls -q") echo alpine ;;
  "ps -q" | "--config x ps -q") printf '%s\n' db web web-2 ;;
  "fs ls -q") printf '%s\n' debian fedora ;;
  "config get -q") printf '%s\n' boot_timeout datadir ;;
esac
END
  chmod +x bin/sdme
  PATH=$PWD/bin:/usr/bin:/bin
  mkdir -p files/directory completions/{bash,zsh,fish}
  touch files/tarball.tar
  for name in bin/sdme*; do
    name=${name#bin/}
    ln -s "$OUT/bash/$name" completions/bash/
    ln -s "$OUT/zsh/_$name" completions/zsh/
    ln -s "$OUT/fish/$name.fish" completions/fish/
  done
  ln -s "$OUT/zsh/_sdme_words" completions/zsh/
}

in_bash() { # LINE: what bash offers at its end; whole words, as the other shells do
  bash --norc -c '
    COMP_LINE=$1 COMP_POINT=${#1}
    # readline splits at = and : as well
    read -ra COMP_WORDS <<< "$(sed "s/[=:]/ & /g" <<< "$1")"
    [[ $1 != *" " ]] || COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    . "completions/bash/${COMP_WORDS[0]##*/}"
    function=$(complete -p "${COMP_WORDS[0]##*/}" | sed "s/.*-F \([^ ]*\).*/\1/")
    $function
    word=${1##* } token=${COMP_WORDS[COMP_CWORD]}
    case $token in [=:]) token= ;; esac
    for reply in "${COMPREPLY[@]}"; do printf "%s\n" "${word%"$token"}$reply"; done
  ' bash "$1"
}

in_zsh() { zsh -f "$BATS_TEST_DIRNAME/complete.zsh" "$PWD/completions/zsh" "$1"; }

in_fish() {
  fish --no-config -c 'set fish_complete_path $argv[1]; complete -C $argv[2]' "$PWD/completions/fish" "$1" |
    sed 's/\t.*//'
}

# offered SHELL LINE: sorted; without the = that some shells put behind the name of an option, without the
# option in front of its value, without the directory in front of a file and the slash behind one
offered() { "in_$1" "$2" | sed -E 's/^(--[a-z-]+)=$/\1/; s/^--[a-z-]+=//; s,/$,,; s,^files/,,' | LC_ALL=C sort -u | xargs; }

# offers LINE WORD...: exactly these words, in each shell
offers() {
  local shell got want
  want=$(printf '%s\n' "${@:2}" | LC_ALL=C sort | xargs)
  for shell in bash zsh fish; do
    got=$(offered $shell "$1")
    if [ "$got" != "$want" ]; then
      echo "$shell offers for '$1': $got"
      echo "instead of: $want"
      return 1
    fi
  done
}

# among LINE WORD..., not_among LINE WORD...: each (none) of them is offered, besides others
among() {
  local shell got word
  for shell in bash zsh fish; do
    got=" $(offered $shell "$1") "
    for word in "${@:2}"; do
      [[ $got = *" $word "* ]] || { echo "$shell does not offer $word for '$1': $got"; return 1; }
    done
  done
}
not_among() {
  local shell got word
  for shell in bash zsh fish; do
    got=" $(offered $shell "$1") "
    for word in "${@:2}"; do
      [[ $got != *" $word "* ]] || { echo "$shell offers $word for '$1': $got"; return 1; }
    done
  done
}

@test "all files load in their shells" {
  local file
  for file in "$OUT"/bash/*; do bash --norc -u -c '. "$1"' bash "$file"; done
  for file in "$OUT"/zsh/*; do zsh -n "$file"; done
  for file in "$OUT"/fish/*; do
    run --separate-stderr fish --no-config "$file"
    [ "$status" = 0 ]
    [ -z "$stderr$output" ]
  done
}

@test "every applet has its files" {
  local name
  for name in sdme $("$SDME" --list); do
    [ -e "$OUT/bash/$name" ]
    [ -e "$OUT/zsh/_$name" ]
    [ -e "$OUT/fish/$name.fish" ]
  done
}

@test "the commands that are installed, and only they" {
  offers "sdme " new create start stop ps exec logs set config fs
  offers "sdme s" start stop set
  offers "sdme fs " import ls rm
  offers "sdme fs i" import
  offers "sdme nonsense "
}

@test "options of a link and of the words" {
  among "sdme-new --" --name --rootfs --memory --port --config --help
  among "sdme new --" --name --rootfs --memory --port --config --help
  offers "sdme-ps --js" --json --json-pretty
  offers "sdme ps --js" --json --json-pretty
  offers "sdme fs ls --q" --quiet
  offers "sdme -v ps --q" --quiet
  offers "sdme-stop --no-such"
}

@test "an option is offered again only if it repeats" {
  not_among "sdme-new --name x --memory=1G --" --name --memory
  not_among "sdme-new -n x -u --" --name --userns
  among "sdme-new --port 80 -e A=b --bind /a:/b --" --port --env --bind --name
}

@test "names of containers" {
  offers "sdme-start " db web web-2
  offers "sdme start w" web web-2
  offers "sdme-start web " db web-2
  offers "sdme -v --config x start web d" db
  offers "sdme-logs " db web web-2
  offers "sdme-set --memory 1G " db web web-2
  offers "sdme-set web "
  offers "sdme-start -- " db web web-2
}

@test "names by the configuration that the line names" {
  offers "sdme --config files/other.conf start " elsewhere
  offers "sdme-start --config=files/other.conf " elsewhere
  offers "sdme-start --config 'files/other.conf' e" elsewhere
  offers "sdme -v new --config files/other.conf --rootfs " alpine
  offers "sdme-new --config ~/files/other.conf --rootfs=" alpine
  offers "sdme-start -- --config files/other.conf " db web web-2
}

@test "names of root filesystems" {
  offers "sdme-new --rootfs " debian fedora
  offers "sdme-new --rootfs=" debian fedora
  offers "sdme new --rootfs=d" debian
  offers "sdme new -r f" fedora
  offers "sdme-fs-rm debian " fedora
  offers "sdme fs rm " debian fedora
}

@test "choices" {
  offers "sdme-new --restart " no on-failure
  offers "sdme-new --restart=o" on-failure
  among "sdme create --systemd-log-level " info emerg
  offers "sdme-config " get set
  offers "sdme config g" get
  offers "sdme-config get " boot_timeout datadir
  offers "sdme config set d" datadir
}

@test "files" {
  offers "sdme-fs-import files/" directory tarball.tar
  offers "sdme fs import name files/t" tarball.tar
  offers "sdme-ps --config files/t" tarball.tar
  offers "sdme-ps --config=files/t" tarball.tar
  offers "sdme-new --bind files/d" directory
  offers "sdme-new --name "
}

@test "commands" {
  among "sdme-exec " web
  # those of this machine need not be there
  offers "sdme-exec web env"
  offers "sdme exec web "
  offers "sdme-exec web tar "
  offers "sdme new -- env"
  offers "sdme-new box -- env "
  # what follows the command is the command's
  not_among "sdme-exec web ls --" --user --workdir
  among "sdme-exec web --" --user --workdir
  not_among "sdme-logs web --" --config
}
