#!/usr/bin/env bash
# Installs the real components that `npm run test:e2e` drives, as far as they are missing. Root on Debian or Ubuntu.
# Starts no service: every suite starts what it needs itself and stops it again.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=()
need() { # need COMMAND PACKAGE…
  PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null || packages+=("${@:2}")
}
need sshd openssh-server
need ssh openssh-client
need ip iproute2
need chromium chromium
need python3 python3 python3-venv

if [ ${#packages[@]} -gt 0 ]; then
  if [ "$(id -u)" -ne 0 ]; then
    echo "✗ missing: ${packages[*]}" >&2
    echo "→ sudo apt-get install ${packages[*]}" >&2
    exit 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${packages[@]}"
fi

# The Python clients and servers that suites talk to live in a folder of ours, not in the system's Python.
venv=.e2e-venv
if ! "$venv/bin/python" -c 'import requests, fastapi, uvicorn' 2>/dev/null; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check requests fastapi uvicorn
fi
