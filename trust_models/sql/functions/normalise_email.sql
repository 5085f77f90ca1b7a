-- Purpose: the one form in which an e-mail address is stored and compared: without blanks around it,
-- Unicode in its composed form (RFC 6532), lower case.
CREATE OR REPLACE FUNCTION trust.normalise_email(address text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN lower(normalize(btrim(address, E' \t\r\n'), NFC));
-- Said outright: where functions come without rights for everybody, this one needs them.
GRANT EXECUTE ON FUNCTION trust.normalise_email(text) TO PUBLIC;
