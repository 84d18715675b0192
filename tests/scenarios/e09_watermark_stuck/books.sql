UPDATE rental.contract_meta SET watermark_at = '2026-05-10 23:00+08';
