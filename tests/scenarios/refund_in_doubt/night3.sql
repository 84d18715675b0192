UPDATE recon.refund_request SET next_at = '2026-05-13 16:00+08' WHERE state = 'UNKNOWN';
