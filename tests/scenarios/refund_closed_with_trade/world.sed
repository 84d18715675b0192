/"merchant":{"mchid":"1900000109"/s/}}$/,"fund_style":"net"}}/
/"out_refund_no":"PR051002"/s/}}$/,"ends":"CLOSED","after_s":140000}}/
