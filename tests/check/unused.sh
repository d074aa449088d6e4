#!/bin/bash
# Dead code: what the linker throws away when all applets are there, and what is exported though nobody
# else, the tests included, asks for it.
. "$(dirname "$0")/lib.bash"

O=build/check/unused
quietly make "$jobs" O=$O "${fast[@]}" all test-programs || exit 1

# Functions that no other object refers to.
while read -r function; do
  complain "$function() is exported, but used in its own file only, or nowhere"
done < <(
  comm -23 \
    <(find $O/common -name '*.o' ! -name main.o -exec nm -g --defined-only {} + | awk '$2 == "T" { print $3 }' | sort -u) \
    <(find $O/common $O/tools $O/connector $O/tests -name '*.o' -exec nm -g --undefined-only {} + | awk '$1 == "U" { print $2 }' | sort -u))

# Functions that are in the program of no applet.
while read -r function; do
  complain "$function() is called by no applet"
done < <(
  comm -23 \
    <(find $O/common -name '*.o' ! -name main.o -exec nm --defined-only {} + | awk '$2 ~ /[Tt]/ { print $3 }' | sort -u) \
    <(nm --defined-only $O/sdme | awk '$2 ~ /[Tt]/ { print $3 }' | sort -u) |
    # The tests' own: what the tables must be, and platforms as text. rootfs_view(), the one way to read a root
    # filesystem that is a layer on another. Going on after a pause, which only tests ask for yet. And what the
    # headers of libcurl define to check types.
    grep -vxE 'opt_check|check_one|is_duplicate|strbuf_clear|rootfs_view|platform_parse|is_word|(transfer|registry_blob)_resume|_curl_easy_.*')
finish
