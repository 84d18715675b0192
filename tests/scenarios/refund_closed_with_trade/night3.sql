UPDATE rental.refund SET status = 'CLOSED' WHERE out_refund_no = 'PR051002';
