/"out_trade_no":"P051003"/s/,"body"/,"refund_ends":"ABNORMAL","refund_after_s":100000,"body"/
