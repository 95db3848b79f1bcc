# What tests/bench prints: medians, ratios of pairs, and whether a goal is met. $work/rows/ROW has a line a round:
# seconds, peak KiB, and processor seconds of the client and of the server; or one figure.
# shellcheck disable=SC2034,SC2154 # tests/bench sets and uses some.

middle() { sort -n | awk '{ a[NR] = $1 } END { if (NR) print (a[int((NR + 1) / 2)] + a[int(NR / 2) + 1]) / 2 }'; }
median() { awk -v n="$2" '{ print $n }' "$work/rows/$1" | middle; }
most() { awk -v n="$2" '$n > most { most = $n } END { print most }' "$work/rows/$1"; }

# The median of the ratios of the rounds.
ratio() { paste -d' ' "$work/rows/$1" "$work/rows/$2" | awk 'NF == 8 { print $1 / $5 }' | middle; }

line() {
    printf '| %-34s | %7s | %5s | %8s | %8s | %8s | %7s | %9s | %-18s | %6s | %-3s |\n' "$@"
}

head_of_table() {
    line what seconds 'MiB' 'client s' 'server s' 'cache MB' 'zips MB' ratio to goal met
    echo '|---|--:|--:|--:|--:|--:|--:|--:|---|--:|---|'
}

# is_met VALUE GOAL: a goal is the most that a value may be, or the least after a "≥ "; there may be none.
is_met() {
    case $2 in
        '') echo - ;;
        '≥ '*) awk -v value="$1" -v goal="${2#* }" 'BEGIN { print (value >= goal ? "yes" : "no") }' ;;
        *) awk -v value="$1" -v goal="$2" 'BEGIN { print value <= goal ? "yes" : "no" }' ;;
    esac
}

# A figure, without decimals where it is large.
number() { awk -v value="$1" 'BEGIN { printf (value < 1000 ? "%.3f" : "%.0f"), value }'; }

# The numbers of a row, as the first seven cells.
cells() {
    local row=$1 server=- size=(- -)
    [ -z "${pid[$row]-}" ] || server=$(printf %.2f "$(median "$row" 4)")
    [ ! -e "$work/size/$row" ] || read -ra size <"$work/size/$row"
    cells=("${label_of[$row]}" "$(printf %.2f "$(median "$row" 1)")" "$(($(most "$row" 2) / 1024))"
        "$(printf %.2f "$(median "$row" 3)")" "$server" "${size[@]}")
}

# is_absent ROW: prints its line, with the reason, where it was not measured.
is_absent() {
    [ ! -e "$work/rows/$1" ] || return 1
    line "${label_of[$1]}" - - - - - - "${absent[$1]-not measured}" - - -
}

# compared ROW [PEER=GOAL...]: a line for each peer; GOAL may be empty. Only the first one has the row's numbers.
compared() {
    local row=$1 pair peer goal value met
    shift
    ! is_absent "$row" || return 0
    cells "$row"
    [ $# -gt 0 ] || line "${cells[@]}" - - - -
    for pair in "$@"; do
        peer=${pair%=*} goal=${pair##*=} met=-
        if [ -e "$work/rows/$peer" ]; then
            value=$(ratio "$row" "$peer")
            met=$(is_met "$value" "$goal")
            value=$(printf %.3f "$value")
        else
            value=${absent[$peer]-not measured}
        fi
        line "${cells[@]}" "$value" "${label_of[$peer]}" "${goal:--}" "$met"
        cells=('' '' '' '' '' '' '')
    done
}

# single LABEL VALUE TO GOAL: a line of one figure; GOAL may be empty.
single() { line "$1" - - - - - - "$(number "$2")" "$3" "${4:--}" "$(is_met "$2" "$4")"; }

# figure ROW [GOAL [TO]]: a line of the median of a row that has one figure a round.
figure() { is_absent "$1" || single "${label_of[$1]}" "$(median "$1" 1)" "${3--}" "${2-}"; }
over() { awk -v a="$1" -v b="$2" 'BEGIN { print a / b }'; }

# The bytes of all zips of a bag: as they are held, which is another length than they are sent with where it is compact.
zip_bytes() {
    "$1" list --json | sed 's/[",:]/ /g' | awk '/held_bytes/ { held = $2 }
        /zip_bytes/ { sum += held ? held : $2; held = 0 } END { printf "%d", sum }'
}

print_downloads() {
    local form kind mbit
    compared file
    compared bound file=
    for kind in nginx files goproxy athens; do compared "$kind" file=; done
    for kind in gobag compact; do
        for form in '' auto stored; do
            compared "$kind$form" file=0.65 nginx=0.65 files=0.65 goproxy=0.65 athens=0.65
        done
    done
    for mbit in 1000 100; do
        compared "$mbit-nginx"
        for kind in gobag gobagauto compact compactauto; do compared "$mbit-$kind" "$mbit-nginx=1.0"; done
    done
}

print_packing() {
    compared modcache file=0.5
    compared modcachecompact file=0.5
    compared cp
    compared pack cp=
    compared packcompact pack=
    compared packagain pack=
    figure compacting 0.1
    figure compactzips 0.62 'the zips'
    figure compactfile 0.66 'the file'
}

print_table() {
    head_of_table
    print_downloads
    print_packing
    print_scale
    print_rebuild
}
