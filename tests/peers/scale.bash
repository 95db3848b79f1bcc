# How the server fares with many module versions, for tests/bench: bags of made-up modules, ten versions each, of which
# each version is three files. $work/rows/ROW has a figure a round.
# shellcheck disable=SC2034,SC2154 # tests/bench sets and uses some.

scale_sizes=(100 10000 100000)
declare -A few=([100]='100' [10000]='10,000' [100000]='100,000')
rate_rows=() # of those that are asked as fast as they answer

name_scale() {
    local size
    for size in 100 100000; do row "rate-$size" "requests/s, ${few[$size]} versions"; done
    row first-100000 "ms to an answer, ${few[100000]} versions"
    row rest-10000 'MiB at rest, 30,000 files'
    row rest-100000 'MiB at rest, 300,000 files'
}

# make_scale SIZE: $work/scale/SIZE/bag, and in paths a hundred thousand draws of what a client may ask of it, so that
# the client has the same work with each bag.
make_scale() {
    local at=$work/scale/$1
    mkdir -p "$at/tree"
    "$programs/versions" "$at/tree" "$(($1 / 10))" 10 >"$at/all"
    "$bag" pack -q --import "$at/tree" --no-sums --no-prove -o "$at/bag" >"$at/said" 2>&1 ||
        { tail -n 5 "$at/said" >&2; fail "scale: packing ${few[$1]} versions failed"; }
    awk '{ all[NR] = $0 } END { srand(1); for (i = 0; i < 100000; i++) print all[1 + int(NR * rand())] }' \
        "$at/all" >"$at/paths"
    remove "$at/tree" "$at/all"
}

start_scale() {
    local size
    name_scale
    [ "$scale_runs" -gt 0 ] || return 0
    build_program versions
    build_program once
    for size in "${scale_sizes[@]}"; do make_scale "$size"; done
    for size in 100 100000; do
        if ! command -v wrk >/dev/null; then absent["rate-$size"]='needs wrk' && continue; fi
        serve_gobag "rate-$size" 127.0.0.1 "$work/scale/$size/bag" --log off
        rate_rows+=("rate-$size")
    done
}

# ask_much ROW: how many answers come a second, by kept connections.
ask_much() {
    local rate errors
    wrk -t2 -c16 -d4s -s "$here/peers/random.lua" "${url[$1]}" -- "$work/scale/${1#rate-}/paths" >"$work/said" 2>&1 ||
        { tail -n 5 "$work/said" >&2; fail "$1: wrk failed"; }
    read -r rate errors < <(sed -n 's/^RESULT //p' "$work/said")
    [ "$errors" = 0 ] || fail "$1: $errors requests failed"
    echo "$rate" >>"$work/rows/$1"
}

# start_once SIZE: a server of its own, until it answers and when it is quiet again.
start_once() {
    local first memory
    "$programs/once" "$work/scale/$1/bag" "$work/scale/$1/paths" 1000 2s >"$work/said" ||
        fail "scale: the server of ${few[$1]} versions does not answer"
    read -r first memory <"$work/said"
    echo "$first" >>"$work/rows/first-$1"
    awk -v kib="$memory" 'BEGIN { print kib / 1024 }' >>"$work/rows/rest-$1"
}

# scale_round ROUND
scale_round() {
    local name size
    for name in $(in_order "$1" "${rate_rows[@]}"); do ask_much "$name"; done
    for size in $(in_order "$1" 10000 100000); do start_once "$size"; done
}

print_scale() {
    figure rate-100
    figure rate-100000
    if [ -e "$work/rows/rate-100000" ]; then
        single '' "$(paste -d' ' "$work/rows/rate-100000" "$work/rows/rate-100" |
            awk 'NF == 2 { print $1 / $2 }' | middle)" "${few[100]} versions" '≥ 0.95'
    fi
    figure first-100000 60
    figure rest-10000 12
    figure rest-100000 60
}
