# What it takes to build this program again where modules/ holds 500 MB and one module of it changed, for tests/bench:
# a copy of the sources, and made-up modules of noise, which does not shrink.
# shellcheck disable=SC2034,SC2154 # tests/bench sets and uses some.

# made_noise MODULES SEED: the first so many of the modules.
made_noise() { "$programs/versions" "$work/sources/modules" "$1" 1 10000000 "$2" >/dev/null; }

build_again() {
    measure rebuild env -C "$work/sources" CARGO_TARGET_DIR="$work/target" cargo build --release --locked
}

start_rebuild() {
    local program
    row rebuild 'cargo build, 10 of 500 MB changed'
    [ "$rebuild_runs" -gt 0 ] || return 0
    for program in cargo git; do
        if ! command -v "$program" >/dev/null; then absent[rebuild]="needs $program" && return; fi
    done
    mkdir "$work/sources"
    git -C "$here/.." ls-files -z | tar -C "$here/.." --null -T - -c | tar -C "$work/sources" -x
    build_program versions
    made_noise 50 0
    # The first one builds what it depends on, too.
    build_again
    rm "$work/rows/rebuild"
}

# rebuild_round ROUND
rebuild_round() {
    [ -d "$work/sources" ] || return 0
    made_noise 1 "$1"
    build_again
}

print_rebuild() {
    compared rebuild
    [ -e "$work/rows/rebuild" ] || return 0
    single '' "$(median rebuild 1)" seconds 8
    single '' "$(($(most rebuild 2) / 1024))" MiB 2000
}
