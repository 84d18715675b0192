/"P051105"/s/}}$/,"fund_flow":false}}/
