#!/bin/sh
# Sees to it that a headless Chromium and its driver are on this machine, for the test of the example's
# page. Silent when they are; otherwise it installs Debian's, or says what to install.

set -eu

is_installed() {
    command -v chromedriver >/dev/null
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

is_installed && exit
if ! command -v apt-get >/dev/null; then
    echo "need-chromium: no chromedriver here: install Chromium and its driver" >&2
    exit 1
fi
echo "need-chromium: no chromedriver found, installing Debian's with apt-get" >&2
as_root apt-get update
as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends chromium chromium-driver
is_installed
