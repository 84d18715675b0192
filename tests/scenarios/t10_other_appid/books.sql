UPDATE rental.payment SET appid = 'wx3c70be15f9a2d846' WHERE out_trade_no = 'P051105';
