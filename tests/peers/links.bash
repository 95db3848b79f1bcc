# Two hosts on this machine, for tests/bench: network namespaces with a veth pair for each link, shaped at both ends.
# shellcheck disable=SC2034,SC2154 # tests/bench sets and uses some.

declare -A at # of a link: the address of the server's end
server_host=gobag-bench-$$-s client_host=gobag-bench-$$-c

# make_hosts: false, with the reason in `why`, where that may not be done.
make_hosts() {
    why='needs root'
    [ "$(id -u)" = 0 ] || return 1
    why='needs tc and ip, of iproute2'
    command -v tc >/dev/null && command -v ip >/dev/null || return 1
    why='needs network namespaces'
    ip netns add "$server_host" && ip netns add "$client_host" && ip -n "$server_host" link set lo up
}

# make_link NAME MBIT NUMBER: a link of so many Mbit/s, in the NUMBERth network. A burst is ten milliseconds' worth.
make_link() {
    local name=$1 mbit=$2 network=192.0.2.$((4 * $3)) end host
    at[$name]=${network%.*}.$((${network##*.} + 1))
    ip link add "s$name" netns "$server_host" type veth peer name "c$name" netns "$client_host"
    ip -n "$server_host" address add "${at[$name]}/30" dev "s$name"
    ip -n "$client_host" address add "${network%.*}.$((${network##*.} + 2))/30" dev "c$name"
    for end in "s$name" "c$name"; do
        case $end in s*) host=$server_host ;; *) host=$client_host ;; esac
        # Pieces that the kernel would cut late must fit into a burst; without ethtool they are at most 64 KiB.
        ! command -v ethtool >/dev/null ||
            ip netns exec "$host" ethtool -K "$end" tso off gso off gro off >/dev/null 2>&1 || true
        tc -n "$host" qdisc add dev "$end" root tbf rate "${mbit}mbit" burst "$((mbit * 1250))" latency 50ms
        ip -n "$host" link set "$end" up
    done
}

# check_link NAME URL: says how fast one large file comes across, which shows that the link is shaped.
check_link() {
    local speed
    speed=$(ip netns exec "$client_host" curl -fso /dev/null -w '%{speed_download}' "$2/large")
    awk -v link="$1" -v speed="$speed" \
        'BEGIN { printf "the link of %s Mbit/s: a file of 64 MiB comes with %.0f Mbit/s\n", link, speed * 8 / 1e6 }'
}

remove_hosts() {
    local host
    for host in "$server_host" "$client_host"; do
        [ ! -e "/run/netns/$host" ] || ip netns delete "$host" || true
    done
}
