# The applet that the words spell, and its own completion; else the next word of the commands that are
# installed. Options may stand in front.

local name=sdme found= typed word
local -i i=2 last after
local -A next

while (( i < CURRENT )) && [[ $words[i] == -?* ]]; do
  [[ $words[i] == --config ]] && (( ++i ))
  (( ++i ))
done
for (( last = i; last < CURRENT && last < i + 3; ++last )); do
  name+=-$words[last]
  (( $+_comps[$name] )) && found=$name after=last+1
done

if [[ -n $found ]]; then
  (( CURRENT -= after - i ))
  words=($found ${words[2,i-1]} "${(@)words[after,-1]}")
  service=$found
  _$found
  return
fi
if (( i > CURRENT )); then
  _files
  return
fi
if [[ $words[CURRENT] == -* ]]; then
  (( i == CURRENT )) && compadd -- --config --verbose --help --version
  return
fi
typed=${(j:-:)words[i,CURRENT-1]}
[[ -n $typed ]] && typed+=-
for word in $applets; do
  name=${word%%:*}
  (( $+_comps[sdme-$name] )) && [[ $name == ${typed}* ]] || continue
  name=${name#$typed}
  if [[ $name == *-* ]]; then
    next[${name%%-*}]+="${next[${name%%-*}]:+, }${name#*-}"
  else
    next[$name]=${word#*:}
  fi
done
local -a described
for name in ${(k)next}; do described+=("$name:${next[$name]}"); done
_describe command described
