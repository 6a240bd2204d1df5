-- Speakers and key emotions of a moment; the moment that a session is about.
-- For a database that has its own tables `moments` and `sessions`; it may run again. Databases that
-- Moments migrates already have these columns.

ALTER TABLE public.moments
    ADD COLUMN IF NOT EXISTS speakers JSONB,
    ADD COLUMN IF NOT EXISTS key_emotions TEXT[];

CREATE INDEX IF NOT EXISTS idx_moments_speakers_gin ON public.moments USING GIN (speakers);
CREATE INDEX IF NOT EXISTS idx_moments_key_emotions_gin ON public.moments USING GIN (key_emotions);

ALTER TABLE public.sessions
    ADD COLUMN IF NOT EXISTS moment_id UUID;

CREATE INDEX IF NOT EXISTS idx_sessions_moment_id ON public.sessions (moment_id);

-- Rollback. Uncomment to run; the indexes go with their columns, and so does what they hold.
-- ALTER TABLE public.sessions DROP COLUMN IF EXISTS moment_id;
-- ALTER TABLE public.moments DROP COLUMN IF EXISTS key_emotions;
-- ALTER TABLE public.moments DROP COLUMN IF EXISTS speakers;
