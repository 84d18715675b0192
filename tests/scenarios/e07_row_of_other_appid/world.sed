/"P051105"/s/}}$/,"row_appid":"wxffffffffffffffff"}}/
