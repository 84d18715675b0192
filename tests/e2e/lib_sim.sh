# What tests of the simulator share, read by them: TAP, a simulator, and curl and openssl as its other side. They say where things
# are: $work (a folder of its own), $BUILD, $state (the state folder), $now (the simulator's time), pids (what clean_up ends).

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
