#!/bin/bash
# The layers of common/: what a file may include. Arrows only point downwards.
. "$(dirname "$0")/lib.bash"

# Each layer may include itself and those in front of it. applet.h is known from container/ upwards,
# where the option tables that applets share are; lazy/ holds the headers of libraries.
layers=(base wire app host container http layer oci registry disk image kube)

allowed() { # LAYER: what may follow #include "
  local layer up_to=
  case $1 in
    tools|main) echo "applet.h lazy/ ${layers[*]/%//}"; return ;;
    lazy) echo "base/ lazy/"; return ;;
  esac
  for layer in "${layers[@]}"; do
    up_to+=" $layer/"
    [ "$layer" != container ] || up_to+=" applet.h"
    [ "$layer" != "$1" ] || break
  done
  echo "lazy/$up_to"
}

check_file() { # FILE LAYER
  local include prefix ok list
  list=$(allowed "$2")
  while read -r include; do
    ok=
    for prefix in $list; do
      case $include in "$prefix"*) ok=1 ;; esac
    done
    case $include in */*) ;; *.inc) ok=1 ;; esac # made by the build
    [ -n "$ok" ] || complain "$1 includes \"$include\": $2 may include only $list"
  done < <(sed -n 's/^[[:blank:]]*#[[:blank:]]*include[[:blank:]]*"\([^"]*\)".*/\1/p' "$1")
}

while read -r file; do
  case $file in
    common/main.c) check_file "$file" main ;;
    common/applet.h) check_file "$file" base ;;
    tools/*|connector/*) check_file "$file" tools ;;
    common/*/*)
      layer=${file#common/}
      layer=${layer%%/*}
      case " lazy ${layers[*]} " in
        *" $layer "*) check_file "$file" "$layer" ;;
        *) complain "$file: there is no layer $layer" ;;
      esac ;;
    *) complain "$file: only main.c and applet.h are in no layer" ;;
  esac
done < <(files 'common/*.c' 'common/*.h' 'tools/*.c' 'tools/*.h' 'connector/*.c' 'connector/*.h')

# base/ knows nothing of what we make of it, but for the kinds of words that option tables name.
while read -r file; do
  case $file in common/base/opt.[ch]) continue ;; esac
  if text=$(grep -nwiE 'containers?|rootfs|pods?|nspawn|machined' "$file"); then
    complain "$file speaks of what base/ does not know: $text"
  fi
done < <(files 'common/base/*.c' 'common/base/*.h')

finish
