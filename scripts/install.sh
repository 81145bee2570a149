# What the scripts that install something share; they are run by `sh`, and have this one read.
#
# `me` is the name of the script, for what it says; `advice` is what to do where it cannot help.

package_manager() {
    for manager in apt-get dnf apk brew; do
        has "$manager" && echo "$manager" && return
    done
    return 1
}

# What Debian has in the packages behind its name; `is_installed` tells whether it is there.
need_debian() {
    what=$1
    shift
    is_installed && return
    has apt-get || give_up "no $what here: $advice"
    echo "$me: no $what found, installing Debian's with apt-get" >&2
    debian_install "$@"
    is_installed || give_up "the installation brought no $what: $advice"
}

debian_install() {
    as_root apt-get update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        announce "$@"
    elif has sudo; then
        announce sudo "$@"
    else
        give_up "neither root nor sudo to run '$*': $advice"
    fi
}

announce() {
    echo "$me: running: $*" >&2
    "$@"
}

has() {
    command -v "$1" >/dev/null
}

give_up() {
    echo "$me: $1" >&2
    exit 2
}
