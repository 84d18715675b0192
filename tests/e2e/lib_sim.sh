# What tests of the simulator share, read by them: TAP, a simulator, and curl and openssl as its other side. They set $state (the state
# folder) and $now (the simulator's time); $work is a folder of their own.

BUILD=${BUILD:-build}
work=$(mktemp -d)
pids=()

clean_up() {
    local pid
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
    rm -rf "$work"
}
trap clean_up EXIT

tests=0

# ---- TAP ----------------------------------------------------------------------------------------

is() { # got, expected, name
    tests=$((tests + 1))
    if [ "$1" = "$2" ]; then
        echo "ok $tests - $3"
        return
    fi
    echo "not ok $tests - $3"
    printf 'got:      %s\nexpected: %s\n' "$1" "$2" | sed 's/^/# /'
}

like() { # got, extended regular expression, name
    tests=$((tests + 1))
    if [[ $1 =~ $2 ]]; then
        echo "ok $tests - $3"
        return
    fi
    echo "not ok $tests - $3"
    printf 'got:  %s\nlike: %s\n' "$1" "$2" | sed 's/^/# /'
}

# ---- the simulator ------------------------------------------------------------------------------

wait_for() { # file, pid of who makes it
    local _
    for _ in $(seq 600); do
        [ -s "$1" ] && return 0
        kill -0 "$2" 2>/dev/null || return 1
        sleep 0.05
    done
    return 1
}

start_sim() { # state, options…
    local state=$1
    shift
    rm -f "$work/ready" # one that was killed leaves it
    "$BUILD/wxpay-sim" --state "$state" --world "$work/world.jsonl" --ready "$work/ready" "$@" 2>"$work/stderr" &
    sim_pid=$!
    pids+=("$sim_pid")
    wait_for "$work/ready" "$sim_pid" || {
        echo "Bail out! wxpay-sim does not start: $(cat "$work/stderr")"
        exit 1
    }
    url=$(cat "$work/ready")
}

tell() {
    "$BUILD/wxpay-sim" --admin "$work/admin" --tell "$1" 2>&1
}

set_faults() {
    printf '%s\n' "$@" >"$work/faults"
    tell reload | grep -v '^ok$'
    return "${PIPESTATUS[0]}"
}

seconds() {
    date -u -d "$1" +%s
}

# ---- a client -----------------------------------------------------------------------------------

# One request; everything about it can be set from outside. Fills $work/body, $work/head, $work/plain_head and status.
get() { # path, curl options…
    local path=$1 mchid=${MCHID:-1900000001} timestamp=${TIMESTAMP:-$now} nonce=4d1b8b2e6a7f5c3d9e0f1a2b3c4d5e6f
    local keys=$state/merchants/${KEYS:-$mchid} serial signature
    shift
    serial=${SERIAL:-$(openssl x509 -in "$keys/apiclient_cert.pem" -noout -serial | cut -d = -f 2)}
    signature=$(printf '%s\n%s\n%s\n%s\n%s\n' "${SIGNED_METHOD:-GET}" "${SIGNED_PATH:-$path}" "$timestamp" "$nonce" "${BODY-}" |
        openssl dgst -sha256 -sign "$keys/apiclient_key.pem" | base64 -w 0)
    raw "$path" -H "Authorization: WECHATPAY2-SHA256-RSA2048 timestamp=\"$timestamp\",mchid=\"$mchid\", nonce_str=\"$nonce\",serial_no=\"$serial\",signature=\"$signature\"" "$@"
}

post() { # path, body, curl options…
    local path=$1 body=$2
    shift 2
    BODY=$body SIGNED_METHOD=POST get "$path" -X POST -H 'Content-Type: application/json' --data-binary "$body" "$@"
}

raw() { # path, curl options…
    local path=$1
    shift
    : >"$work/body"
    status=$(curl -sS --cacert "$state/ca.pem" -A payrecon-test -H "Accept: ${ACCEPT-application/json}" -D "$work/head" -o "$work/body" \
        -w '%{http_code}' "$@" "$url$path" 2>"$work/curl")
    curl_exit=$?
}

header() {
    tr -d '\r' <"$work/head" | sed -n "s/^$1: //Ip"
}

# A member of the JSON body, which has no nested text of that name.
member() {
    sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$work/body"
}

number() { # likewise, a whole number; the first of that name
    grep -oE "\"$1\":-?[0-9]+" "$work/body" | head -n 1 | cut -d : -f 2
}

# What an answer comes to: its status code and either `code` or `status` of the refund.
outcome() {
    local code
    code=$(member code)
    echo "$status ${code:-$(member status)}"
}

clock() { # time
    tell "now $1" >/dev/null && now=$(seconds "$1")
}

advance() { # seconds
    tell "advance $1s" >/dev/null && now=$((now + $1))
}

error() { # status code message
    echo "$status $(member code) $(member message)"
}

# Verifies the reply's signature with a public key file: "valid" or "invalid".
verify() {
    header Wechatpay-Signature | base64 -d >"$work/signature" 2>/dev/null || { echo "not base64"; return; }
    { printf '%s\n%s\n' "$(header Wechatpay-Timestamp)" "$(header Wechatpay-Nonce)"; cat "$work/body"; echo; } >"$work/signed"
    if openssl dgst -sha256 -verify "$1" -signature "$work/signature" "$work/signed" >/dev/null 2>&1; then
        echo valid
    else
        echo invalid
    fi
}

apply() { # path → local path of the download
    get "$@"
    download=$(member download_url)
    download=${download#*https://localhost:*/}
    download=/$download
}

sha1() {
    sha1sum <"$1" | cut -d ' ' -f 1
}

# ---- AES-256-GCM from its parts: CTR by openssl, GHASH below ------------------------------------

hex() {
    od -An -v -tx1 | tr -d ' \n'
}

ecb() { # key, block, in hex
    perl -e 'print pack "H*", shift' "$2" | openssl enc -aes-256-ecb -K "$1" -nopad | hex
}

ghash() { # key of the hash in hex, associated data, file
    perl -e '
        use strict; use warnings;
        my ($h, $a, $file) = @ARGV;
        my $times = unpack("B*", pack("H*", $h));
        my $multiply = sub { # two blocks as strings of 128 bits
            my ($x, $y) = @_; my $z = "0" x 128; my $v = $y;
            for my $bit (split //, $x) {
                $z ^= $v if $bit; $z =~ tr/\0\1/01/;
                my $low = substr($v, 127, 1); $v = "0" . substr($v, 0, 127);
                if ($low) { $v ^= "11100001" . "0" x 120; $v =~ tr/\0\1/01/; }
            }
            return $z;
        };
        open my $in, "<:raw", $file or die; local $/; my $c = <$in> // "";
        my $pad = sub { my $t = shift; $t . "\0" x (-length($t) % 16) };
        my $all = $pad->($a) . $pad->($c) . pack("Q>Q>", 8 * length $a, 8 * length $c);
        my $y = "0" x 128;
        for my $block (unpack("(a16)*", $all)) {
            $y ^= unpack("B*", $block); $y =~ tr/\0\1/01/;
            $y = $multiply->($y, $times);
        }
        print unpack("H*", pack("B*", $y));
    ' "$@"
}

gcm_open() { # key and nonce in hex, associated data, file with the tag at its end → the plain text; fails when the tag is wrong
    local key=$1 nonce=$2 hash first second
    head -c -16 "$4" >"$work/gcm_text"
    hash=$(ecb "$key" 00000000000000000000000000000000)
    first=${nonce}00000001
    if [ ${#nonce} -ne 24 ]; then
        perl -e 'print pack "H*", shift' "$nonce" >"$work/gcm_nonce"
        first=$(ghash "$hash" '' "$work/gcm_nonce")
    fi
    second=${first:0:24}$(printf %08x $(((16#${first:24} + 1) & 0xffffffff)))
    openssl enc -d -aes-256-ctr -K "$key" -iv "$second" -in "$work/gcm_text"
    perl -e 'my ($one, $other, $tag) = map { pack "H*", $_ } @ARGV; exit(($one ^ $other) eq $tag ? 0 : 1)' \
        "$(ghash "$hash" "$3" "$work/gcm_text")" "$(ecb "$key" "$first")" "$(tail -c 16 "$4" | hex)"
}
