send_refunds D051003
move_refund D051003 UNKNOWN "refund_id = NULL, accepted_at = NULL, next_at = '2026-05-12 16:00+08'"
