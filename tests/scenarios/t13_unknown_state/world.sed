/"P051105"/s/}}$/,"row_state":"HOLDING"}}/
