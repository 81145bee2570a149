#!/bin/sh
# Sees to it that a headless Chromium and its driver are on this machine, for the test of the example's
# page. Silent when they are; otherwise it installs Debian's, or says what to install.

set -eu

me=need-chromium
advice="install Chromium and its driver"
. "$(dirname "$0")/install.sh"

has chromedriver && exit
has apt-get || give_up "no chromedriver here: $advice"
echo "$me: no chromedriver found, installing Debian's with apt-get" >&2
debian_install chromium chromium-driver
has chromedriver || give_up "the installation brought no chromedriver: $advice"
