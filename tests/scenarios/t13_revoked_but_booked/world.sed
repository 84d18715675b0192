/"P051105"/s/}}$/,"state":"REVOKED","fund_flow":false}}/
