/"out_trade_no":"P051003"/s/,"body"/,"refund_ends":"SUCCESS","refund_after_s":400000,"body"/
