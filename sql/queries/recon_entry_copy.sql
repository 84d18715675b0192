-- Entries of a day, in blocks.
-- params: mchid text, bill_day date, block_no int4, rows int4, appid text, lines text
-- columns: none
COPY recon.entry_block (mchid, bill_day, block_no, rows, appid, lines) FROM STDIN (FORMAT binary)
