#!/usr/bin/env bash
# Deposit refunds from request to the rider's account: requested by one login, approved by another, sent over HTTPS to wxpay-sim, followed.
# shellcheck source=tests/e2e/night.sh
source "$(dirname "${BASH_SOURCE[0]}")/night.sh"
# shellcheck source=tests/e2e/lib_refund.sh
source tests/e2e/lib_refund.sh

start_deposits 20
fresh_deposits

run payrecon-refund
is "$code $out" '0 no refund is due' 'nothing was asked for'

is "$(ask_for_all)" 20 'twenty are asked for'
run payrecon-refund
is "$code $out $(states)" '0 no refund is due REQUESTED 20' 'what nobody approved is not sent'
batch_all >/dev/null
run payrecon-refund
is "$code $out $(states)" '0 no refund is due REQUESTED 20' 'nor what is only in a list'
approve_all
run payrecon-refund
echo "$out"; echo "$log"; states; ls "$work/sim"; head -3 "$work/sim/journal"* ; head -c 1500 "$work/requests"
done_testing
