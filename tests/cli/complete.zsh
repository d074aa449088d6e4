# complete.zsh DIRECTORY LINE: print what zsh offers at the end of LINE, with the functions of DIRECTORY. A
# real interactive shell on a terminal of its own completes; a compadd of ours notes what it is given.
zmodload zsh/zpty
out=$(mktemp)
trap 'rm -f $out' EXIT
zpty inner zsh -f -i
zpty -w inner "stty -echo; PS1= fpath=(${(q)1} \$fpath); autoload -Uz compinit; compinit -u -D; zstyle ':completion:*' verbose no
compadd() {
  case \"\${(j: :)@[1,(i)(-|--)]}\" in *-[OAD]*) builtin compadd \"\$@\"; return ;; esac
  local -a hits
  builtin compadd -A hits \"\$@\"
  print -rl -- \$hits >> $out
  builtin compadd \"\$@\"
}
note_end() { print '#end' >> $out }
comppostfuncs=(note_end); setopt no_beep no_always_last_prompt; LISTMAX=10000; print '#ready' >> $out"
wait_for() {
  local i
  for ((i = 0; i < 600; i++)); do
    grep -q "^$1$" $out && return
    zpty -r -t inner skipped 2>/dev/null
    sleep .02
  done
  print -u2 "zsh did not answer"
  exit 1
}
wait_for '#ready'
zpty -w -n inner "$2"$'\t'
wait_for '#end'
grep -v '^#' $out | grep . | sort -u
zpty -d inner
