-- More kinds of bills, bills that change after they were stored, and when they were last looked at.

ALTER TABLE recon.bill_file DROP CONSTRAINT bill_file_kind;
ALTER TABLE recon.bill_file ADD CONSTRAINT bill_file_kind CHECK (kind IN (
    'TRADE_ALL', 'TRADE_SUCCESS', 'TRADE_REFUND', 'TRADE_RECHARGE_REFUND', 'FUND_BASIC', 'FUND_OPERATION', 'FUND_FEES'));
COMMENT ON COLUMN recon.bill_file.kind IS 'TRADE_ALL and FUND_BASIC are reconciled; TRADE_SUCCESS, TRADE_REFUND, TRADE_RECHARGE_REFUND, FUND_OPERATION and FUND_FEES are kept on request';

ALTER TABLE recon.bill_file ADD COLUMN download_request_id text;
COMMENT ON COLUMN recon.bill_file.download_request_id IS 'Request-Id of the download; NULL: the reply had none, or there was no download';

ALTER TABLE recon.day ADD COLUMN trade_first integer;
ALTER TABLE recon.day ADD COLUMN fund_first integer;
ALTER TABLE recon.day ADD COLUMN checked_at timestamptz;
COMMENT ON COLUMN recon.day.trade_first IS 'Version of the trade bill that the day''s first verdict rested on: what E06 compares with';
COMMENT ON COLUMN recon.day.fund_first IS 'Version of the fund-flow bill likewise';
COMMENT ON COLUMN recon.day.checked_at IS 'When its bills were last held against WeChat Pay''s; NULL: never';
UPDATE recon.day SET trade_first = trade_version, fund_first = fund_version;
