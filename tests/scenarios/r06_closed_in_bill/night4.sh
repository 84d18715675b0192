move_refund D051003 CLOSED
