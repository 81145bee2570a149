#!/bin/sh
# Sees to it that a headless Chromium and its driver are on this machine, for the test of the example's
# page. Silent when they are; otherwise it installs Debian's, or says what to install.

set -eu

me=need-chromium
advice="install Chromium and its driver"
. "$(dirname "$0")/install.sh"

is_installed() {
    has chromedriver
}

need_debian chromedriver chromium chromium-driver
