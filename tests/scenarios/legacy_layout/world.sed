/^{"merchant":{"mchid":"1900000109"/s/}}$/,"layout":"legacy"}}/
