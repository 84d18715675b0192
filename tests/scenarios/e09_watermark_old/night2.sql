UPDATE rental.contract_meta SET watermark_at = '2026-05-20 06:00+08';
