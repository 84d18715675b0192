/^{"merchant":{"mchid":"1900000109"/s/}}$/,"fund_style":"net"}}/
