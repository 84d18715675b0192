INSERT INTO rental.refund SELECT mchid, refund_no, out_trade_no, item_no, 'DEPOSIT', amount_fen, 'SUCCESS', accepted_at FROM recon.refund_request;
