# What the scripts share: saying, asking for packages. Sourced, never run.

say() {
    printf '%s\n' "$*" >&2
}

have() {
    command -v "$1" >/dev/null 2>&1
}

# A compiler for C is needed by two of the packages below us.
need_rust() {
    if ! have cargo; then
        say "Rust is needed: https://rustup.rs (any toolchain from 1.95 on)."
        exit 3
    fi
    if ! have cc; then
        install_packages build-essential || {
            say "A C compiler is needed: apt-get install build-essential"
            exit 3
        }
    fi
}

# install_packages NAME…: by apt when we may; status 1 when we may not or it failed.
install_packages() {
    have apt-get || return 1
    local as=""
    if [ "$(id -u)" != 0 ]; then
        have sudo && sudo -n true 2>/dev/null || return 1
        as="sudo -n"
    fi
    say "Installing $*"
    local log
    log=$(mktemp)
    if $as apt-get update -qq >"$log" 2>&1 \
        && DEBIAN_FRONTEND=noninteractive $as apt-get install -y -qq --no-install-recommends "$@" >>"$log" 2>&1; then
        rm -f "$log"
        return 0
    fi
    tail -n 5 "$log" >&2
    rm -f "$log"
    return 1
}
