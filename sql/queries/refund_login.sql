-- Who this connection is: the login that acts about refunds are kept under.
-- params: none
-- columns: login text
VALUES (session_user::text)
