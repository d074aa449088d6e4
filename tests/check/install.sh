#!/bin/bash
# What "make install" puts in place, for all applets and for a few, and that "make uninstall" takes all of
# it away and nothing else.
. "$(dirname "$0")/lib.bash"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# make_in O DESTDIR ARG...: nothing that is installed is run for it
make_in() { quietly make "$jobs" O="$1" DESTDIR="$2" PREFIX=/usr "${fast[@]}" "${@:3}"; }

listing() { (cd "$1" && find . ! -type d | LC_ALL=C sort); }

expect() { # DESTDIR APPLET...: exactly the files of these applets
  local dir=$1 a
  shift
  {
    printf './usr/%s\n' bin/sdme share/man/man5/sdme.conf.5 share/man/man8/sdme.8 \
      share/bash-completion/completions/sdme share/fish/vendor_completions.d/sdme.fish \
      share/zsh/site-functions/_sdme share/zsh/site-functions/_sdme_words
    local inside=
    for a; do
      [ ! -e "connector/$a.c" ] || inside=libexec/sdme-inside
      printf './usr/%s\n' "share/man/man8/sdme-$a.8" "share/bash-completion/completions/sdme-$a" \
        "share/fish/vendor_completions.d/sdme-$a.fish" "share/zsh/site-functions/_sdme-$a"
      if [ "$a" = boot ]; then printf './usr/%s\n' libexec/sdme-boot lib/systemd/system/sdme@.service
      else printf './usr/bin/sdme-%s\n' "$a"
      fi
    done
    [ -z "$inside" ] || echo "./usr/$inside"
  } | LC_ALL=C sort > "$tmp/want"
  out=$(listing "$dir" | diff "$tmp/want" -) || complain "installed for '$*' (< missing, > too much): $out"
}

# named DESTDIR: what the overview and the completions of zsh and fish say that there is
named() {
  local share=$1/usr/share
  # shellcheck disable=SC1003  # no quote is meant
  sed -n 's/^See \\fBsdme\\-\(.*\)\\fR(8)\.$/man \1/p' "$share/man/man8/sdme.8" | tr -d '\\'
  sed -n "s/^  '\([a-z-]*\):.*/zsh \1/p" "$share/zsh/site-functions/_sdme"
  sed -n 's/^set -ga __sdme_commands \([a-z-]*\) .*/fish \1/p' "$share/fish/vendor_completions.d/sdme.fish"
}

# All of them.
O=build/check/install
make_in $O "$tmp/all" all || exit 1
cp $O/sdme "$tmp/program"
printf '#!/bin/sh\ntouch %s\n' "$tmp/was-run" > $O/sdme # as if it were of another machine
make_in $O "$tmp/all" install || exit 1
cp "$tmp/program" $O/sdme
[ ! -e "$tmp/was-run" ] || complain "installing runs the program"
applets=()
for file in tools/*.c connector/*.c; do applets+=("$(basename "$file" .c)"); done
expect "$tmp/all" "${applets[@]}"
[ "$(readlink "$tmp/all/usr/libexec/sdme-boot")" = ../bin/sdme ] || complain "the link sdme-boot is not relative"
[ "$(readlink "$tmp/all/usr/bin/sdme-ps")" = sdme ] || complain "the link sdme-ps is not relative"
grep -qxF 'ExecStart=/usr/libexec/sdme-boot %i' "$tmp/all/usr/lib/systemd/system/sdme@.service" ||
  complain "the unit does not call the installed program"
! grep -q '@[A-Z]*@' "$tmp/all/usr/lib/systemd/system/sdme@.service" || complain "the unit has unfilled words"
out=$(find "$tmp/all" -type f -perm /022)
[ -z "$out" ] || complain "others can write: $out"

named "$tmp/all" > "$tmp/named"
for a in "${applets[@]}"; do
  kinds="man zsh fish"
  if [ "$a" = boot ] || [ -e "connector/$a.c" ]; then kinds='man'; fi # nobody types them
  for kind in $kinds; do grep -qxF "$kind $a" "$tmp/named" || complain "$kind does not name $a"; done
done

# What is not ours stays.
touch "$tmp/all/usr/bin/sdme-mine"
make_in $O "$tmp/all" uninstall || exit 1
[ "$(listing "$tmp/all")" = ./usr/bin/sdme-mine ] || complain "after uninstall there is: $(listing "$tmp/all")"

# A few, stripped.
make_in build/check/install-few "$tmp/few" APPLETS="ps fs-ls" install-strip || exit 1
expect "$tmp/few" fs-ls ps
make_in build/check/install-few "$tmp/inside" APPLETS=connector-server install-strip || exit 1
expect "$tmp/inside" connector-server
[ "$(stat -c %s "$tmp/inside/usr/libexec/sdme-inside")" -lt "$(stat -c %s build/check/install-few/sdme-inside)" ] ||
  complain "install-strip does not strip sdme-inside"
make_in build/check/install-few "$tmp/few" APPLETS=ps || exit 1
[ ! -e build/check/install-few/sdme-inside ] || complain "sdme-inside stays where none of its applets is enabled"
[ "$(stat -c %s "$tmp/few/usr/bin/sdme")" -lt "$(stat -c %s build/check/install-few/sdme)" ] ||
  complain "install-strip does not strip"
out=$(named "$tmp/few")
[ "$(sort <<< "$out")" = "$(printf '%s\n' {fish,man,zsh}' '{fs-ls,ps})" ] || complain "for two applets these are named: $out"
! grep -q 'other parts' "$tmp/few/usr/share/man/man8/sdme.8" || complain "a heading is left that has nothing"
! grep '^\.\\" [if]' "$tmp/few/usr/share/man/man8/sdme.8" || complain "marks are left in the overview"
finish
