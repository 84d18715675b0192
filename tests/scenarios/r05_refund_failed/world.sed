/"PR051101"/s/}}$/,"status":"FAIL"}}/
