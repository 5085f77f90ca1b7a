-- Purpose: users.email is stored normalised, whoever writes it.
CREATE OR REPLACE FUNCTION trust.store_normalised_email() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  NEW.email := trust.normalise_email(NEW.email);
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.store_normalised_email() FROM PUBLIC;
