# shellcheck shell=bash
as payrecon_finance "SELECT recon.finding_propose(mchid, finding_id, '已核对', '$now') FROM recon.finding WHERE code = 'T12'" >>"$work/log"
sql "SELECT recon.finding_confirm(mchid, finding_id, 1, '$now') FROM recon.finding WHERE code = 'T12'" >>"$work/log"
