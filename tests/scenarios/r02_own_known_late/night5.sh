move_refund D051003 SUCCESS
