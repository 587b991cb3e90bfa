#!/usr/bin/env bash
# Runs clang-tidy with the tree's .clang-tidy over the sources a build compiled (tests and pinned grammars left out).
# usage: tools/clang_tidy.sh BUILD [jobs] [part of a path ...]
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1 jobs=${2:-1}
shift $(($# < 2 ? $# : 2))
command -v clang-tidy >/dev/null || { echo "clang-tidy is missing: apt-get install clang-tidy" >&2; exit 3; }
mapfile -t sources < <(python3 - "$build/compile_commands.json" "$PWD" "$@" <<'EOF'
import json, os, sys
database, top, *parts = sys.argv[1:]
rooms = ("datasets", "sandbox", "languages", "generators", "quant", "harness")
for entry in json.load(open(database)):
    file = os.path.relpath(os.path.join(entry["directory"], entry["file"]), top)
    if file.split("/")[0] in rooms and file.endswith(".cpp") and (not parts or any(part in file for part in parts)):
        print(file)
EOF
)
echo "clang-tidy: ${#sources[@]} files"
printf '%s\0' "${sources[@]}" | xargs -0 -n 1 -P "$jobs" clang-tidy --quiet --extra-arg=-Wno-unknown-warning-option -p "$build"
