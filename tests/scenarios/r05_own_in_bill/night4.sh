move_refund D051003 SUCCESS
sql "SELECT recon.note_refund_call(mchid, refund_no, 'QUERY', NULL, '2026-05-13 11:00+08', refund_no, '2026-05-13 11:00+08', 200, 'r', '', 'ASKED_SUCCESS') FROM recon.refund_request" >/dev/null
