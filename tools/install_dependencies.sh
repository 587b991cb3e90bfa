#!/usr/bin/env bash
# Installs what building and testing Qualm needs, by Debian's package names. Where it may not (not root), it says
# exactly what is missing and how to install it. With --lint: what make tidy and make fuzz need besides.
set -euo pipefail
packages=(
  build-essential cmake ninja-build pkg-config ca-certificates
  libcli11-dev nlohmann-json3-dev zlib1g-dev libfmt-dev libseccomp-dev catch2 libboost-dev libpcre2-dev libutf8proc-dev libsentencepiece-dev
  libssl-dev libtomlplusplus-dev libxml2-utils
  python3 python3-pip python3-setuptools python3-wheel
  default-jdk-headless libjavatuples-java
)
if [ "${1:-}" = --lint ]; then packages=(clang clang-tidy libclang-rt-14-dev); fi
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
# Another JDK than Debian's default serves as well.
if command -v javac >/dev/null; then missing=("${missing[@]/default-jdk-headless/}"); fi
missing=(${missing[@]+${missing[@]}})
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ]; then
  echo "Qualm needs packages that are not installed. As root, run:" >&2
  echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 3
fi
echo "Installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
