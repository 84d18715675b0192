UPDATE rental.refund SET amount_fen = 600 WHERE out_refund_no = 'PR051101';
