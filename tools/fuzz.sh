#!/usr/bin/env bash
# Runs every fuzz target of a build for a while, each from its kept corpus and from real files. Exit status 1 where one
# finds a fault; its input lies in BUILD/fuzz-findings.
# usage: tools/fuzz.sh BUILD [seconds each, default 60]
set -euo pipefail
build=$1 seconds=${2:-60}
data=$(dirname "$0")/../tests/golden
failed=0
for target in "$build"/bin/fuzz_*; do
  name=$(basename "$target")
  corpus=$build/fuzz-corpus/$name
  mkdir -p "$corpus" "$build/fuzz-findings"
  if [ -z "$(ls -A "$corpus")" ]; then
    find "$data/reference" -name 'HumanEval_1[0-3]_*.json.gz' | while read -r seed; do
      cp "$seed" "$corpus/$(echo "$seed" | md5sum | cut -c1-16).gz"
      zcat "$seed" >"$corpus/$(echo "$seed" | md5sum | cut -c1-16)"
    done
    find "$data/models" "$data/pytorch" -name '*q4_0*.gguf' -o -name config.json -o -name tokenizer.json -o -name 'model-00001-*' -o -name '*.bin' -size -8 | while read -r seed; do
      cp "$seed" "$corpus/$(echo "$seed" | md5sum | cut -c1-16)"
    done
    for seed in module views; do
      python3 -c 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))' \
        "$data/pytorch/$seed.bin" "$seed/data.pkl" >"$corpus/$seed.pkl"
    done
    cp "$(dirname "$0")"/../tests/fuzz/seeds/* "$corpus"
    head -n 2 "$data/../../datasets/data/mceval/mceval_java.jsonl" >"$corpus/problems"
  fi
  echo "== $name"
  "$target" -max_total_time="$seconds" -timeout=20 -max_len=20000 -print_final_stats=1 -verbosity=0 -close_fd_mask=1 \
    -artifact_prefix="$build/fuzz-findings/$name-" "$corpus" || failed=1
done
exit $failed
