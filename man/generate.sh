#!/bin/sh
# generate.sh SDME VERSION DIRECTORY: make the manual pages and completions in DIRECTORY/{man,completions}/out
# from the option tables of the program SDME, which has all applets.
set -eu

sdme=$1 version=$2 out=$3
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
rm -rf "$out/man/out" "$out/completions/out"
mkdir -p "$out/man/out"
"$sdme" --dump-cli > "$tmp/dump"
: > "$tmp/empty.conf"
"$sdme" --config "$tmp/empty.conf" config get > "$tmp/keys"
failed=0

page() { # NAME WORDS
  # shellcheck disable=SC2086  # they are words
  "$sdme" $2 --help > "$tmp/help"
  awk -f man/gen-man.awk -v page="$1" -v version="$version" -v used_file="$tmp/used" -v help="$tmp/help" \
    "$tmp/dump" man/shared.8.in "man/$1.8.in" > "$out/man/out/$1.8" || failed=1
}

page sdme ''
for name in $("$sdme" --list); do
  if [ -e "man/$name.8.in" ]; then page "$name" "$(echo "${name#sdme-}" | tr - ' ')"; else echo "there is no man/$name.8.in" >&2; failed=1; fi
done
for file in man/sdme-*.8.in; do
  name=$(basename "$file" .8.in)
  [ -e "$out/man/out/$name.8" ] || { echo "$file: there is no applet $name" >&2; failed=1; }
done
sed -n 's/^@//p' man/shared.8.in | grep -v '^date ' | sort > "$tmp/shared"
sort -u "$tmp/used" | comm -23 "$tmp/shared" - > "$tmp/unused"
if [ -s "$tmp/unused" ]; then
  echo "man/shared.8.in: paragraphs that no page uses:" >&2
  cat "$tmp/unused" >&2
  failed=1
fi
awk -f man/gen-conf.awk -v version="$version" "$tmp/keys" man/shared.8.in man/sdme.conf.5.in \
  > "$out/man/out/sdme.conf.5" || failed=1

for shell in bash zsh fish; do
  mkdir -p "$out/completions/out/$shell"
  awk -f "completions/gen-$shell.awk" -v out="$out/completions/out/$shell" "$tmp/dump" || failed=1
done
cp completions/sdme.bash "$out/completions/out/bash/sdme"
cp completions/_sdme_words "$out/completions/out/zsh/_sdme_words"
exit "$failed"
