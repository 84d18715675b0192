/"P051105"/s/"total_fen":4500/"total_fen":4500,"discount_fen":500/
