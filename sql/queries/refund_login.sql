-- Who this connection is: the login that acts about refunds are kept under.
-- params: none
-- columns: login text
SELECT v.login FROM (
    VALUES (session_user::text)
) AS v (login)
