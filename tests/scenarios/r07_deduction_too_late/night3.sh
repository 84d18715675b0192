run payrecon-refund --follow
