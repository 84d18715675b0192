/"P051101"/s/}}$/,"row_currency":"HKD"}}/
