/"out_trade_no":"P051003"/s/}}$/,"refund_ends":"CLOSED","refund_after_s":180000}}/
