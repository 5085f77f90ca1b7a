-- Purpose: what a user pays for; at most one that is not canceled.
CREATE TABLE public.subscriptions (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT subscriptions_pkey PRIMARY KEY,
  user_id uuid NOT NULL CONSTRAINT subscriptions_user_id_fkey REFERENCES public.users (id) ON DELETE RESTRICT,
  plan varchar(16) NOT NULL,
  status varchar(16) NOT NULL DEFAULT 'ACTIVE',
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT subscriptions_plan_ck CHECK (plan IN ('FREE', 'PAID')),
  CONSTRAINT subscriptions_status_ck CHECK (status IN ('ACTIVE', 'PAST_DUE', 'CANCELED'))
);
CREATE UNIQUE INDEX subscriptions_user_id_live_key ON public.subscriptions (user_id) WHERE status <> 'CANCELED';
CREATE INDEX subscriptions_user_id_idx ON public.subscriptions (user_id);
