/"PR051101"/s/}}$/,"row_status":"WAITING"}}/
