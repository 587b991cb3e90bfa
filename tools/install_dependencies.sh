#!/usr/bin/env bash
# Installs what building and testing Qualm needs, by Debian's package names. Where it may not (not root), it says
# exactly what is missing and how to install it. With --lint: what make tidy and make fuzz need besides. With --full: also
# libtorch 2.11.0 (800 MB) from PyPI into $QUALM_CACHE (~/.cache/qualm), unless the Python on PATH has a torch: for
# GPUs; this needs no root.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
packages=(
  build-essential cmake ninja-build pkg-config ca-certificates
  libcli11-dev nlohmann-json3-dev zlib1g-dev libfmt-dev libseccomp-dev catch2 libboost-dev libpcre2-dev libutf8proc-dev libsentencepiece-dev
  libssl-dev libtomlplusplus-dev libxml2-utils
  python3 python3-dev python3-pip python3-setuptools python3-wheel
  default-jdk-headless libjavatuples-java
)
if [ "${1:-}" = --lint ]; then packages=(clang clang-tidy clang-format libclang-rt-14-dev); fi
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
# Another JDK than Debian's default serves as well.
if command -v javac >/dev/null; then missing=("${missing[@]/default-jdk-headless/}"); fi
missing=(${missing[@]+${missing[@]}})

get_libtorch() {
  local folder=${QUALM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/qualm}/torch-2.11.0
  if [ -f "$folder/torch/lib/libtorch_cpu.so" ]; then return; fi
  if python3 -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec("torch") is None)'; then return; fi
  if [ "$(uname -m)" != x86_64 ]; then
    echo "There is no pinned libtorch for $(uname -m): install torch for your Python, or configure with -DTorch_DIR." >&2
    return
  fi
  local requirements=(--requirement "$here/../cmake/torch/torch.txt")
  # What libtorch's CUDA flavour needs of the toolkit, where this machine has none.
  [[ $(PATH=$PATH:/sbin ldconfig -p) == *libcudart.so.13* ]] || requirements+=(--requirement "$here/../cmake/torch/cuda.txt")
  echo "Installing libtorch 2.11.0 into $folder"
  mkdir -p "$(dirname "$folder")"
  rm -rf "$folder.arriving"
  python3 -m pip install --quiet --no-input --disable-pip-version-check --no-cache-dir --no-deps --require-hashes \
    --python-version 3.11 --platform manylinux_2_28_x86_64 --platform manylinux_2_27_x86_64 --platform manylinux_2_25_x86_64 --platform manylinux2014_x86_64 \
    --platform manylinux_2_17_x86_64 --only-binary=:all: --target "$folder.arriving" "${requirements[@]}"
  mv "$folder.arriving" "$folder"
}

if [ ${#missing[@]} -eq 0 ]; then
  if [ "${1:-}" = --full ]; then get_libtorch; fi
  exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "Qualm needs packages that are not installed. As root, run:" >&2
  echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 3
fi
echo "Installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
if [ "${1:-}" = --full ]; then get_libtorch; fi
