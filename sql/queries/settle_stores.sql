-- Stores of a merchant.
-- params: mchid text
-- columns: store_id text, name text, opened_on date, closed_on date null
SELECT store_id, name, opened_on, closed_on
  FROM rental.store
 WHERE mchid = $1
