UPDATE rental.contract_meta SET watermark_at = '2026-05-11 00:00+08';
