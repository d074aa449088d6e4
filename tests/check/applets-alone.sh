#!/bin/bash
# Each applet builds alone, and then it is all that is there. Applets that use the same libraries share
# their objects; only the program is linked anew.
. "$(dirname "$0")/lib.bash"

# shellcheck disable=SC2016  # make expands it
libraries() { make -s APPLETS="$1" --eval 'print-libraries: ; @echo $(LIBRARIES)' print-libraries; }

check_alone() { # APPLET
  local set O inside=
  set=$(libraries "$1" | tr ' ' -)
  O=build/check/alone-${set:-none}
  quietly make "$jobs" O="$O" APPLETS="$1" "${fast[@]}" || { complain "$1 does not build alone"; return; }
  [ "$("$O/sdme" --list)" = "sdme-$1" ] || complain "sdme --list of $1 alone is: $("$O/sdme" --list)"
  [ ! -e "connector/$1.c" ] || inside=" sdme-inside"
  [ "$(cd "$O" && echo sdme-*)" = "sdme-$1$inside" ] || complain "the links of $1 alone are: $(cd "$O" && echo sdme-*)"
  "$O/sdme-$1" --help >/dev/null || complain "sdme-$1 --help fails when it is alone"
  [ -z "$inside" ] || [ "$("$O/sdme-inside" --list)" = "sdme-$1" ] || complain "sdme-inside of $1 alone has something else"
}

applets=()
for file in tools/*.c connector/*.c; do applets+=("$(basename "$file" .c)"); done

# Those of one set of libraries one after the other, so that their objects are not made again in between.
while read -r applet; do
  check_alone "$applet"
done < <(for a in "${applets[@]}"; do echo "$(libraries "$a" | tr ' ' -) $a"; done | sort | sed 's/.* //')

first=${applets[0]}
O=build/check/all-but-one
if quietly make "$jobs" O=$O DISABLE="$first" "${fast[@]}"; then
  [ "$($O/sdme --list | wc -l)" = $((${#applets[@]} - 1)) ] || complain "DISABLE=$first leaves not all the others"
  ! $O/sdme --list | grep -qx "sdme-$first" || complain "DISABLE=$first does not disable it"
else
  complain "the program does not build without $first"
fi

# Those for the inside, as the main program, with no shared library at all.
inside=()
for file in connector/*.c; do inside+=("$(basename "$file" .c)"); done
O=build/check/static
if quietly make "$jobs" O=$O STATIC=1 APPLETS="${inside[*]}" "${fast[@]}"; then
  [ "$($O/sdme --list)" = "$(printf 'sdme-%s\n' "${inside[@]}")" ] || complain "STATIC=1 has other applets: $($O/sdme --list)"
  for program in sdme sdme-inside; do
    ! readelf -l $O/$program | grep -q INTERP || complain "$program is not static"
  done
else
  complain "the program of the applets for the inside does not build statically"
fi
if out=$(make -n APPLETS=nonsense 2>&1); then complain "APPLETS=nonsense is no error: $out"; fi
finish
