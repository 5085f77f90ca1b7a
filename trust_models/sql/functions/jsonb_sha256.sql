-- Purpose: the SHA-256 of a JSON document, in hexadecimal, over the UTF-8 bytes of its jsonb text, which
-- PostgreSQL makes canonical (keys in a fixed order, single spaces, numbers as written).
CREATE OR REPLACE FUNCTION trust.jsonb_sha256(document jsonb) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN encode(sha256(convert_to(document::text, 'UTF8')), 'hex');
REVOKE ALL ON FUNCTION trust.jsonb_sha256(jsonb) FROM PUBLIC;
