# shellcheck shell=bash
# Completion of sdme and its links in bash. What there is to complete is in the files sdme-* beside this
# one, which are made from the option tables; see gen-bash.awk for their form.

_sdme_dir=${BASH_SOURCE[0]%/*}

_sdme_unquote() { # WORD: without quotes and backslashes; nothing in it is run
  local word=$1
  [[ $word != \~/* ]] || word=$HOME/${word#*/}
  xargs <<< "$word" 2>/dev/null
}

_sdme_words() { # KIND: the words there are of it, one a line, by the configuration that the line names
  local config=() i
  for ((i = 1; i < cword; i++)); do
    case ${words[i]} in
      --) break ;;
      --config) ((i + 1 == cword)) || config=(--config "$(_sdme_unquote "${words[i + 1]}")") ;;
      --config=*) config=(--config "$(_sdme_unquote "${words[i]#*=}")") ;;
    esac
  done
  case $1 in
    container) command sdme "${config[@]}" ps -q ;;
    rootfs) command sdme "${config[@]}" fs ls -q ;;
    pod) command sdme "${config[@]}" pod ls -q ;;
    config-key) command sdme "${config[@]}" config get -q ;;
    shell) printf '%s\n' bash zsh fish ;;
    user) compgen -u ;;
  esac 2>/dev/null
}

# The words up to the cursor as the shell will see them: bash also splits them at '=' and ':'. Sets words[] and
# cword.
_sdme_split() {
  local line=$COMP_LINE i token
  words=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    token=${COMP_WORDS[i]}
    if ((i == 0)) || [[ $line == [[:blank:]]* ]]; then
      words+=("$token")
    else
      words[${#words[@]} - 1]+=$token
    fi
    line=${line#"${line%%[![:blank:]]*}"}
    line=${line#"$token"}
  done
  cword=$((${#words[@]} - 1))
}

# Bash puts what we reply in place of the last token of the word only.
_sdme_trim() {
  local token=${COMP_WORDS[COMP_CWORD]} word=${words[cword]} prefix i
  [[ $token != [=:] ]] || token=
  prefix=${word%"$token"}
  for i in "${!COMPREPLY[@]}"; do COMPREPLY[i]=${COMPREPLY[i]#"$prefix"}; done
}

_sdme_option() { compopt -o "$1" 2>/dev/null; } # fails when a test calls us

_sdme_offer() { # CUR PREFIX: from standard input, what CUR begins
  local word
  while IFS= read -r word; do
    [[ $word != "$1"* ]] || COMPREPLY+=("$2$word")
  done
}

_sdme_value() { # KIND CUR PREFIX [CHOICE...]
  local kind=$1 cur=$2 prefix=$3
  shift 3
  case $kind in
    value|-|'') ;;
    choice) _sdme_offer "$cur" "$prefix" < <(printf '%s\n' "$@") ;;
    file|dir)
      _sdme_option filenames
      if [ "$kind" = dir ]; then _sdme_offer "$cur" "$prefix" < <(compgen -d -- "$cur")
      else _sdme_offer "$cur" "$prefix" < <(compgen -f -- "$cur")
      fi ;;
    *) _sdme_offer "$cur" "$prefix" < <(_sdme_words "$kind") ;;
  esac
}

# Reads the table of applet $1 into the caller's variables.
_sdme_read_table() {
  local table=_${1//-/_} line fields short long kind repeat
  if [[ -z ${!table-} && -r $_sdme_dir/$1 ]]; then
    # shellcheck source=/dev/null
    . "$_sdme_dir/$1"
  fi
  [[ -n ${!table-} ]] || return 1
  while read -r line; do
    read -ra fields <<< "$line"
    case ${fields[0]-} in
      until) until=${fields[1]} ;;
      dashes) command_after_dashes=1 ;;
      first) first=("${fields[@]:1}") ;;
      operand) operands+=("${fields[1]}") ;;
      option)
        short=${fields[1]} long=--${fields[2]} kind=${fields[3]} repeat=${fields[4]}
        order+=("$long")
        kinds[$long]=$kind
        choices[$long]=${fields[*]:5}
        [[ $repeat = once ]] || repeats[$long]=1
        [[ $short = - ]] || longs[-$short]=$long ;;
    esac
  done <<< "${!table}"
}

# Walks words[$1] to the one in front of the cursor.
_sdme_walk() {
  local i word letters
  for ((i = $1; i < cword; i++)); do
    word=${words[i]}
    if [[ -n $expected ]]; then
      expected=
    elif [[ -n $ended || $word != -?* ]]; then
      given+=("$word")
      if [[ ${operands[${#given[@]} - 1]-} = command ]]; then in_command=1; return; fi
      ((until == 0 || ${#given[@]} < until)) || ended=1
    elif [[ $word = -- ]]; then
      ended=1
      if [[ -n $command_after_dashes ]]; then in_command=1; return; fi
    elif [[ $word = --* ]]; then
      used[${word%%=*}]=1
      [[ $word = *=* || ${kinds[$word]--} = - ]] || expected=$word
    else
      letters=${word#-}
      while [[ -n $letters ]]; do
        word=${longs[-${letters:0:1}]-}
        letters=${letters:1}
        [[ -n $word ]] || break
        used[$word]=1
        [[ ${kinds[$word]} != - ]] || continue
        [[ -n $letters ]] || expected=$word
        break
      done
    fi
  done
}

_sdme_applet() { # APPLET FIRST: its arguments begin at words[FIRST]
  local -A kinds=() choices=() repeats=() longs=() used=()
  local -a operands=() first=() order=() given=()
  local until=0 command_after_dashes='' ended='' expected='' in_command='' cur=${words[cword]} long n
  _sdme_read_table "$1" || return
  _sdme_walk "$2"
  n=${#given[@]}
  if [[ -n $in_command ]] || [[ -z $expected && ${operands[n]-} = command && $cur != -* ]]; then
    return # what there is in a container, this shell does not know
  elif [[ -n $expected ]]; then
    # shellcheck disable=SC2086  # they are words
    _sdme_value "${kinds[$expected]}" "$cur" '' ${choices[$expected]}
  elif [[ -z $ended && $cur = --*=* ]]; then
    long=${cur%%=*}
    # shellcheck disable=SC2086
    _sdme_value "${kinds[$long]-}" "${cur#*=}" "$long=" ${choices[$long]-}
  elif [[ -z $ended && $cur = -* ]]; then
    for long in "${order[@]}"; do
      [[ -z ${used[$long]-} || -n ${repeats[$long]-} ]] || continue
      [[ ${kinds[$long]} = - ]] || long+='='
      [[ $long != "$cur"* ]] || COMPREPLY+=("$long")
    done
    [[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *= ]] || _sdme_option nospace
  elif ((n == 0 && ${#first[@]} > 0)); then
    _sdme_value choice "$cur" '' "${first[@]}"
  else
    ((n < 3)) || n=2
    _sdme_value "${operands[n]-}" "$cur" ''
    # What was named once is not named again.
    for n in "${!COMPREPLY[@]}"; do
      for long in "${given[@]}"; do
        [[ ${COMPREPLY[n]-} != "$long" ]] || unset "COMPREPLY[n]"
      done
    done
    COMPREPLY=("${COMPREPLY[@]}")
  fi
}

_sdme_link() { # of sdme-x
  local -a words
  local cword
  COMPREPLY=()
  _sdme_split
  _sdme_applet "${words[0]##*/}" 1
  _sdme_trim
}

# The words that may follow words[$1] to the one in front of the cursor in the name of a command.
_sdme_next_words() {
  local typed='' name i
  for ((i = $1; i < cword; i++)); do typed+=${words[i]}-; done
  for name in "$_sdme_dir"/sdme-*; do
    name=${name##*/sdme-}
    [[ $name = boot || $name != "$typed"* ]] || { name=${name#"$typed"}; echo "${name%%-*}"; }
  done | sort -u
}

_sdme() { # of sdme
  local -a words
  local cword i=1 last name found='' after
  COMPREPLY=()
  _sdme_split
  while ((i < cword)) && [[ ${words[i]} = -?* ]]; do
    [[ ${words[i]} != --config ]] || ((i++))
    ((i++))
  done
  name=sdme
  for ((last = i; last < cword && last < i + 3; last++)); do
    name+=-${words[last]}
    [[ ! -r $_sdme_dir/$name ]] || { found=$name after=$((last + 1)); }
  done
  if [[ -n $found ]]; then
    _sdme_applet "$found" "$after"
  elif ((i > cword)); then
    _sdme_value file "${words[cword]}" ''
  elif [[ ${words[cword]} = -* ]]; then
    ((i < cword)) || _sdme_offer "${words[cword]}" '' < <(printf '%s\n' --config= --verbose --help --version)
  else
    _sdme_offer "${words[cword]}" '' < <(_sdme_next_words "$i")
  fi
  _sdme_trim
}

complete -F _sdme sdme
