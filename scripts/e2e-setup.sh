#!/usr/bin/env bash
# Installs the real components that `npm run test:e2e` drives, as far as they are missing. Root on Debian or Ubuntu.
# Starts no service: every suite starts what it needs itself and stops it again.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=()
need() { # need COMMAND PACKAGE…
  PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null || packages+=("${@:2}")
}
need_module() { # need_module MODULE PACKAGE…: of the distribution's own Python
  /usr/bin/python3 -c "import importlib.util as u; exit(u.find_spec('$1') is None)" 2>/dev/null || packages+=("${@:2}")
}
need sshd openssh-server
need ssh openssh-client
need ip iproute2
need autossh autossh
need curl curl
need iptables iptables
need nft nftables
need ufw ufw
need docker-registry docker-registry
need chromium chromium
need /usr/bin/python3 python3
need systemd-analyze systemd
need dockerd docker.io
need docker docker.io
need debootstrap debootstrap
need slirp4netns slirp4netns
need shellcheck shellcheck
need qemu-system-x86_64 qemu-system-x86
need openssl openssl
need gpg gnupg
# Provider local: the desktop's programs, and what the tasks that are played on it use.
need Xvfb xvfb
need openbox openbox
need xterm xterm
need mousepad mousepad
need tint2 tint2
need x11vnc x11vnc
[ -e /usr/share/novnc/vnc.html ] || packages+=(novnc)
need dbus-daemon dbus
need gsettings libglib2.0-bin gsettings-desktop-schemas dconf-gsettings-backend
need bc bc
[ -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ] || packages+=(fonts-noto-cjk)
[ -e /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf ] || packages+=(fonts-noto-color-emoji)
need xprop x11-utils
[ -e /usr/libexec/at-spi-bus-launcher ] || packages+=(at-spi2-core)
[ -e "/usr/lib/$(uname -m)-linux-gnu/girepository-1.0/Atspi-2.0.typelib" ] || packages+=(gir1.2-atspi-2.0)
need_module gi python3-gi
need_module ensurepip python3-venv
need_module tkinter python3-tk
need_module pyatspi python3-pyatspi
need gnome-screenshot gnome-screenshot
need xclip xclip
need wmctrl wmctrl
need socat socat
need ffmpeg ffmpeg
need bwrap bubblewrap
need setpriv util-linux
need useradd passwd

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
# The desktop's Python, where src/guest/x11/desktop-python.ts looks for it. Nothing is fetched when all is there.
desktop_python=/usr/local/lib/arpo-env/desktop-python
[ "$(id -u)" -eq 0 ] || desktop_python=${XDG_DATA_HOME:-$HOME/.local/share}/arpo-env/desktop-python
if [ ! -x "$desktop_python/bin/pip" ]; then
  /usr/bin/python3 -m venv --clear --system-site-packages "$desktop_python"
  "$desktop_python/bin/python3" -m pip install --quiet --disable-pip-version-check --upgrade pip
fi
"$desktop_python/bin/python3" -m pip install --quiet --disable-pip-version-check -r templates/desktop/requirements.txt

# AWS's API on loopback: EC2, and EventBridge Scheduler, which needs nothing more.
[ -x "$venv/bin/moto_server" ] || "$venv/bin/pip" install --quiet --disable-pip-version-check 'moto[ec2,server]'
# OSWorld's own code, without the models' clients and the office libraries that it asks for, and what its controllers import.
"$venv/bin/python" -c 'import mm_agents' 2>/dev/null || "$venv/bin/pip" install --quiet --no-deps desktop-env==1.0.2
controllers=(requests-toolbelt playwright python-dotenv tldextract xmltodict openpyxl lxml cssselect)
"$venv/bin/python" -c 'import requests_toolbelt, playwright, dotenv, tldextract, xmltodict, openpyxl, lxml, cssselect' 2>/dev/null ||
  "$venv/bin/pip" install --quiet --disable-pip-version-check "${controllers[@]}"

# OpenEnv's own client and validator, without what its command line is for: half a gigabyte.
"$venv/bin/python" -c 'import openenv.core, openenv.cli._validation' 2>/dev/null || {
  "$venv/bin/pip" install --quiet --disable-pip-version-check 'fastmcp<4' websockets
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps openenv==0.10.0
}

# For docs/gymnasium.md, in the versions that OSWorld's code wants.
"$venv/bin/python" -c 'import gymnasium, PIL' 2>/dev/null ||
  "$venv/bin/pip" install --quiet --disable-pip-version-check gymnasium 'numpy<2' 'pillow~=11.0.0'

# What the desktop image is built on (FROM in templates/desktop/Dockerfile), for machines that reach no Docker registry:
# a Debian with this machine's Node. The suites import it into their own daemon. debootstrap needs root.
base=.e2e-cache/desktop-base.tar
if [ ! -e "$base" ] && [ "$(id -u)" -eq 0 ]; then
  mkdir -p .e2e-cache
  root=$(mktemp -d)
  trap 'rm -rf "$root"' EXIT
  debootstrap --variant=minbase --include=ca-certificates bookworm "$root" >/dev/null
  cp "$(node -p process.execPath)" "$root/usr/local/bin/node"
  cp -r "$(npm root -g)/npm" "$root/usr/local/lib/npm"
  ln -s ../lib/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
  tar -C "$root" -cf "$base.new" . && mv "$base.new" "$base"
fi
