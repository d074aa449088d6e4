# lib.bash: what the checks share. Each prints what is wrong, one complaint a line, and exits with 1; with
# 77 and a reason when a tool that it needs is missing.

cd "$(dirname "$0")/../.." || exit 1
wrong=0

complain() {
  echo "$*"
  wrong=1
}

finish() { exit "$wrong"; }

need() { # TOOL...
  local tool
  for tool; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed"; exit 77; }
  done
}

# files PATTERN...: the files of the project (git's patterns), those that are not yet committed included
files() {
  if git rev-parse --git-dir >/dev/null 2>&1; then
    git ls-files -co --exclude-standard -- "$@" | sort -u | while read -r f; do [ ! -f "$f" ] || echo "$f"; done
  else
    local pattern args=(-false)
    for pattern; do args+=(-o -path "./${pattern#./}"); done
    find . -path ./build -prune -o -type f \( "${args[@]}" \) -print | sed 's,^\./,,' | sort
  fi
}

# quietly CMD...: its output only when it fails
quietly() {
  local out
  out=$("$@" 2>&1) || { echo "failed: $*"; echo "$out"; return 1; }
}

# The objects of checks are built without optimisation: it is not them that are run.
fast=(HARDEN= OPTIMISE=-O0 WERROR=1)
jobs=-j$(nproc)
