/^{"merchant":{"mchid":"1900000109"/s/}}$/,"mode":"public_key"}}/
