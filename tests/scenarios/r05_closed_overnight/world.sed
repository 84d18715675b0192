/"out_refund_no":"PR051102"/s/}}$/,"ends":"CLOSED","after_s":18000}}/
