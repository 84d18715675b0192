-- The plain side of the comparison: the bill's 27 columns as texts, no key, no index, logged as every table is.
CREATE TABLE public.plain27 (
    c01 text, c02 text, c03 text, c04 text, c05 text, c06 text, c07 text, c08 text, c09 text,
    c10 text, c11 text, c12 text, c13 text, c14 text, c15 text, c16 text, c17 text, c18 text,
    c19 text, c20 text, c21 text, c22 text, c23 text, c24 text, c25 text, c26 text, c27 text
);
