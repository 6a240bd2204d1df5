-- The whole schema for PostgreSQL, for reading and for new databases. `make schema` writes it.
-- Moments creates the same schema by its migrations; after this file none is left to run.

-- A person with an account.
CREATE TABLE IF NOT EXISTS public.app_user (
    id text NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    muted text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT app_user_pkey PRIMARY KEY (id),
    CONSTRAINT app_user_email UNIQUE (email)
);

-- An account that was closed: its job deletes the rest, then this row.
CREATE TABLE IF NOT EXISTS public.erasure (
    user_id text NOT NULL,
    organization_ids text[] NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT erasure_pkey PRIMARY KEY (user_id)
);

-- An event of an organisation; within an organisation, ids commit in order.
CREATE TABLE IF NOT EXISTS public.event (
    id bigserial NOT NULL,
    organization_id text NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    audience text[],
    CONSTRAINT event_pkey PRIMARY KEY (id)
);
CREATE INDEX IF NOT EXISTS event_age ON public.event USING btree (created_at);
CREATE INDEX IF NOT EXISTS event_of_organization ON public.event USING btree (organization_id, id);

-- An answered request and its result; the key is unique within its scope.
CREATE TABLE IF NOT EXISTS public.idempotency (
    scope text NOT NULL,
    key text NOT NULL,
    body_hash text NOT NULL,
    status integer,
    body text,
    created_at timestamptz NOT NULL,
    CONSTRAINT idempotency_pkey PRIMARY KEY (scope, key)
);
CREATE INDEX IF NOT EXISTS idempotency_by_created_at ON public.idempotency USING btree (created_at);

-- A media node and its last heartbeat.
CREATE TABLE IF NOT EXISTS public.media_node (
    id text NOT NULL,
    control_url text NOT NULL,
    public_url text NOT NULL,
    media_url text,
    name text DEFAULT ''::text NOT NULL,
    rtmp_address text,
    draining_at timestamptz,
    started_at timestamptz NOT NULL,
    heartbeat_at timestamptz NOT NULL,
    CONSTRAINT media_node_pkey PRIMARY KEY (id)
);

-- The migrations that have run.
CREATE TABLE IF NOT EXISTS public.migration (
    id serial NOT NULL,
    name varchar(200) DEFAULT ''::character varying NOT NULL,
    app_name varchar(200) DEFAULT ''::character varying NOT NULL,
    ran_on timestamp DEFAULT CURRENT_TIMESTAMP NOT NULL,
    CONSTRAINT migration_pkey PRIMARY KEY (id)
);

-- A group of people that owns streams and moments.
CREATE TABLE IF NOT EXISTS public.organization (
    id text NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT organization_pkey PRIMARY KEY (id)
);

-- Bytes outside the database without a row (yet, or any more): removed when due.
CREATE TABLE IF NOT EXISTS public.orphan (
    id text NOT NULL,
    kind text NOT NULL,
    place text NOT NULL,
    key text NOT NULL,
    due_at timestamptz NOT NULL,
    CONSTRAINT orphan_pkey PRIMARY KEY (id),
    CONSTRAINT orphan_kind CHECK ((kind = ANY (ARRAY['object'::text, 'recording'::text])))
);
CREATE INDEX IF NOT EXISTS orphan_due ON public.orphan USING btree (due_at);

-- How a provider does: its failures, until when it is left alone, today's use of its quota.
CREATE TABLE IF NOT EXISTS public.provider_state (
    provider text NOT NULL,
    failures integer NOT NULL,
    blocked_until timestamptz,
    day timestamptz,
    units integer NOT NULL,
    CONSTRAINT provider_state_pkey PRIMARY KEY (provider)
);

-- A caller's next allowed request; a crash loses it, which costs a few counts.
CREATE UNLOGGED TABLE IF NOT EXISTS public.rate_limit (
    id text NOT NULL,
    arrival_at timestamptz NOT NULL,
    CONSTRAINT rate_limit_pkey PRIMARY KEY (id)
);
CREATE INDEX IF NOT EXISTS rate_limit_by_arrival_at ON public.rate_limit USING btree (arrival_at);

-- A periodic job's next due time, shared by all workers.
CREATE TABLE IF NOT EXISTS public.schedule (
    name text NOT NULL,
    next_at timestamptz NOT NULL,
    last_at timestamptz,
    CONSTRAINT schedule_pkey PRIMARY KEY (name)
);

-- How many marks have the same two ends. Triggers keep it.
CREATE TABLE IF NOT EXISTS public.track_cells (
    track_id text NOT NULL,
    start_ds integer NOT NULL,
    end_ds integer NOT NULL,
    user_id text NOT NULL,
    marks integer NOT NULL,
    CONSTRAINT track_cells_pkey PRIMARY KEY (track_id, start_ds, end_ds, user_id)
);

-- Where users' saves begin and end: a running sum is the heat map. Triggers keep it.
CREATE TABLE IF NOT EXISTS public.track_heat (
    track_id text NOT NULL,
    layer integer NOT NULL,
    at_ds integer NOT NULL,
    delta integer NOT NULL,
    CONSTRAINT track_heat_pkey PRIMARY KEY (track_id, layer, at_ds)
);

-- How many users saved a part of a track. Triggers keep it.
CREATE TABLE IF NOT EXISTS public.track_totals (
    track_id text NOT NULL,
    layer integer NOT NULL,
    users integer NOT NULL,
    CONSTRAINT track_totals_pkey PRIMARY KEY (track_id, layer)
);

-- The same by second and by a hash of the user, for the confidence. Triggers keep it.
CREATE TABLE IF NOT EXISTS public.track_votes (
    track_id text NOT NULL,
    layer integer NOT NULL,
    bucket integer NOT NULL,
    at_s integer NOT NULL,
    delta integer NOT NULL,
    CONSTRAINT track_votes_pkey PRIMARY KEY (track_id, layer, bucket, at_s)
);

-- A personal API token.
CREATE TABLE IF NOT EXISTS public.api_token (
    id text NOT NULL,
    user_id text NOT NULL,
    name text NOT NULL,
    prefix text NOT NULL,
    token_hash text NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT api_token_pkey PRIMARY KEY (id),
    CONSTRAINT api_token_hash UNIQUE (token_hash),
    CONSTRAINT api_token_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user(id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS api_token_of_user ON public.api_token USING btree (user_id);

-- Who follows which artist, by the name as providers write it, and in lower case.
CREATE TABLE IF NOT EXISTS public.artist_follow (
    user_id text NOT NULL,
    artist text NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT artist_follow_pkey PRIMARY KEY (user_id, artist),
    CONSTRAINT artist_follow_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user(id) ON DELETE CASCADE
);

-- Moments in an order.
CREATE TABLE IF NOT EXISTS public.collection (
    id text NOT NULL,
    organization_id text NOT NULL,
    created_by text,
    title text NOT NULL,
    description text NOT NULL,
    visibility text NOT NULL,
    slug text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT collection_pkey PRIMARY KEY (id),
    CONSTRAINT collection_created_by_fkey FOREIGN KEY (created_by) REFERENCES app_user(id) ON DELETE SET NULL,
    CONSTRAINT collection_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS collection_of_organization ON public.collection USING btree (organization_id, updated_at DESC);
CREATE INDEX IF NOT EXISTS collection_of_person ON public.collection USING btree (created_by);
CREATE INDEX IF NOT EXISTS collection_public ON public.collection USING btree (updated_at DESC) WHERE (visibility = 'public'::text);

-- How a repository's pictures are compared.
CREATE TABLE IF NOT EXISTS public.commit_settings (
    organization_id text NOT NULL,
    repository text NOT NULL,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    updated_by text,
    updated_at timestamptz NOT NULL,
    CONSTRAINT commit_settings_pkey PRIMARY KEY (organization_id, repository),
    CONSTRAINT commit_settings_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
    CONSTRAINT commit_settings_updated_by_fkey FOREIGN KEY (updated_by) REFERENCES app_user(id) ON DELETE SET NULL
);

-- Who follows whom.
CREATE TABLE IF NOT EXISTS public.follow (
    follower_id text NOT NULL,
    followed_id text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT follow_pkey PRIMARY KEY (follower_id, followed_id),
    CONSTRAINT follow_followed_id_fkey FOREIGN KEY (followed_id) REFERENCES app_user(id) ON DELETE CASCADE,
    CONSTRAINT follow_follower_id_fkey FOREIGN KEY (follower_id) REFERENCES app_user(id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS follow_of_followed ON public.follow USING btree (followed_id);

-- An invitation link to an organisation.
CREATE TABLE IF NOT EXISTS public.invitation (
    id text NOT NULL,
    organization_id text NOT NULL,
    role integer NOT NULL,
    email text,
    token_hash text NOT NULL,
    created_by text,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    used_by text,
    revoked_at timestamptz,
    CONSTRAINT invitation_pkey PRIMARY KEY (id),
    CONSTRAINT invitation_token UNIQUE (token_hash),
    CONSTRAINT invitation_created_by_fkey FOREIGN KEY (created_by) REFERENCES app_user(id) ON DELETE SET NULL,
    CONSTRAINT invitation_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
    CONSTRAINT invitation_used_by_fkey FOREIGN KEY (used_by) REFERENCES app_user(id) ON DELETE SET NULL,
    CONSTRAINT invitation_role CHECK (((role >= 1) AND (role <= 4)))
);
CREATE INDEX IF NOT EXISTS invitation_of_organization ON public.invitation USING btree (organization_id);

-- A job to run at least once; the row is deleted when it is done.
CREATE TABLE IF NOT EXISTS public.job (
    id text NOT NULL,
    name text NOT NULL,
    args jsonb NOT NULL,
    key text,
    state text DEFAULT 'queued'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    max_attempts integer NOT NULL,
    run_at timestamptz NOT NULL,
    leased_by text,
    leased_until timestamptz,
    sent_at timestamptz,
    error text,
    organization_id text,
    moment_id text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT job_pkey PRIMARY KEY (id),
    CONSTRAINT job_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
    CONSTRAINT job_state CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'parked'::text])))
);
CREATE INDEX IF NOT EXISTS job_due ON public.job USING btree (run_at) WHERE (state = 'queued'::text);
CREATE UNIQUE INDEX IF NOT EXISTS job_key ON public.job USING btree (name, key) WHERE ((state = 'queued'::text) AND (key IS NOT NULL));
CREATE INDEX IF NOT EXISTS job_leased ON public.job USING btree (leased_until) WHERE (state = 'running'::text);
CREATE INDEX IF NOT EXISTS job_parked ON public.job USING btree (updated_at DESC) WHERE (state = 'parked'::text);

-- Words that a person is notified of.
CREATE TABLE IF NOT EXISTS public.kept_search (
    id text NOT NULL,
    user_id text NOT NULL,
    organization_id text NOT NULL,
    text text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT kept_search_pkey PRIMARY KEY (id),
    CONSTRAINT kept_search_once UNIQUE (user_id, organization_id, text),
    CONSTRAINT kept_search_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
    CONSTRAINT kept_search_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user(id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS kept_search_of_organization ON public.kept_search USING btree (organization_id, created_at);

-- A signed-in browser.
CREATE TABLE IF NOT EXISTS public.login_session (
    id text NOT NULL,
    user_id text NOT NULL,
    organization_id text,
    token_hash text NOT NULL,
    ip text NOT NULL,
    user_agent text NOT NULL,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT login_session_pkey PRIMARY KEY (id),
    CONSTRAINT login_session_token UNIQUE (token_hash),
    CONSTRAINT login_session_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE SET NULL,
    CONSTRAINT login_session_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user(id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS login_session_age ON public.login_session USING btree (expires_at);
CREATE INDEX IF NOT EXISTS login_session_of_user ON public.login_session USING btree (user_id);

-- A user's membership of an organisation, with a role.
CREATE TABLE IF NOT EXISTS public.membership (
    id text NOT NULL,
    organization_id text NOT NULL,
    user_id text NOT NULL,
    role integer NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT membership_pkey PRIMARY KEY (id),
    CONSTRAINT membership_once UNIQUE (user_id, organization_id),
    CONSTRAINT membership_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
    CONSTRAINT membership_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user(id) ON DELETE CASCADE,
    CONSTRAINT membership_role CHECK (((role >= 1) AND (role <= 4)))
);
CREATE INDEX IF NOT EXISTS membership_of_organization ON public.membership USING btree (organization_id);

-- A moment or a track that a person does not want suggested.
CREATE TABLE IF NOT EXISTS public.not_for_me (
    user_id text NOT NULL,
    subject text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT not_for_me_pkey PRIMARY KEY (user_id, subject),
    CONSTRAINT not_for_me_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user(id) ON DELETE CASCADE
);

-- A notice to a user of something that happened.
CREATE TABLE IF NOT EXISTS public.notifications (
    id text NOT NULL,
    user_id text NOT NULL,
    organization_id text,
    kind text NOT NULL,
    about text NOT NULL,
    title text NOT NULL,
    detail text NOT NULL,
    href text NOT NULL,
    created_at timestamptz NOT NULL,
    read_at timestamptz,
    CONSTRAINT notifications_pkey PRIMARY KEY (id),
    CONSTRAINT notifications_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
    CONSTRAINT notifications_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user(id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS notifications_newest ON public.notifications USING btree (user_id, created_at DESC, id DESC);
CREATE UNIQUE INDEX IF NOT EXISTS notifications_unread ON public.notifications USING btree (user_id, kind, about) WHERE (read_at IS NULL);

-- A link that sets a new password; a user has one at most.
CREATE TABLE IF NOT EXISTS public.password_reset (
    id text NOT NULL,
    user_id text NOT NULL,
    token_hash text NOT NULL,
    created_by text,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT password_reset_pkey PRIMARY KEY (id),
    CONSTRAINT password_reset_token UNIQUE (token_hash),
    CONSTRAINT password_reset_user UNIQUE (user_id),
    CONSTRAINT password_reset_created_by_fkey FOREIGN KEY (created_by) REFERENCES app_user(id) ON DELETE SET NULL,
    CONSTRAINT password_reset_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user(id) ON DELETE CASCADE
);

-- What the visual diff said of two files, whatever moments they belong to.
CREATE TABLE IF NOT EXISTS public.picture_comparisons (
    organization_id text NOT NULL,
    before_sha256 text NOT NULL,
    after_sha256 text NOT NULL,
    settings_key text NOT NULL,
    result jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT picture_comparisons_pkey PRIMARY KEY (organization_id, before_sha256, after_sha256, settings_key),
    CONSTRAINT picture_comparisons_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE
);

-- A person's public page.
CREATE TABLE IF NOT EXISTS public.profile (
    user_id text NOT NULL,
    handle text NOT NULL,
    bio text NOT NULL,
    avatar bytea,
    avatar_hash text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT profile_pkey PRIMARY KEY (user_id),
    CONSTRAINT profile_handle_once UNIQUE (handle),
    CONSTRAINT profile_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user(id) ON DELETE CASCADE
);

-- A current or former handle; kept when the account is gone.
CREATE TABLE IF NOT EXISTS public.profile_handle (
    handle text NOT NULL,
    user_id text,
    created_at timestamptz NOT NULL,
    CONSTRAINT profile_handle_pkey PRIMARY KEY (handle),
    CONSTRAINT profile_handle_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user(id) ON DELETE SET NULL
);
CREATE INDEX IF NOT EXISTS profile_handle_of_user ON public.profile_handle USING btree (user_id);

-- When moments of a branch go to the bin by themselves.
CREATE TABLE IF NOT EXISTS public.retention_rules (
    organization_id text NOT NULL,
    branch text NOT NULL,
    max_age_days integer,
    keep_newest integer,
    keep_tagged boolean NOT NULL,
    updated_by text,
    updated_at timestamptz NOT NULL,
    CONSTRAINT retention_rules_pkey PRIMARY KEY (organization_id, branch),
    CONSTRAINT retention_rules_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
    CONSTRAINT retention_rules_updated_by_fkey FOREIGN KEY (updated_by) REFERENCES app_user(id) ON DELETE SET NULL,
    CONSTRAINT retention_rules_limit CHECK (((max_age_days > 0) OR (keep_newest > 0)))
);
CREATE INDEX IF NOT EXISTS retention_rules_of_user ON public.retention_rules USING btree (updated_by);

-- A capability to see something without an account.
CREATE TABLE IF NOT EXISTS public.share_link (
    id text NOT NULL,
    organization_id text NOT NULL,
    subject_ids text[] NOT NULL,
    moment_ids text[] NOT NULL,
    token_hash text NOT NULL,
    password_hash text,
    may_download boolean NOT NULL,
    views integer NOT NULL,
    created_by text,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT share_link_pkey PRIMARY KEY (id),
    CONSTRAINT share_link_token UNIQUE (token_hash),
    CONSTRAINT share_link_created_by_fkey FOREIGN KEY (created_by) REFERENCES app_user(id) ON DELETE SET NULL,
    CONSTRAINT share_link_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS share_link_of_moment ON public.share_link USING gin (moment_ids);
CREATE INDEX IF NOT EXISTS share_link_of_subject ON public.share_link USING gin (subject_ids);

-- A durable channel.
CREATE TABLE IF NOT EXISTS public.stream (
    id text NOT NULL,
    organization_id text NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    kind text NOT NULL,
    url text,
    buffer_s integer NOT NULL,
    visibility text NOT NULL,
    allow_capture boolean NOT NULL,
    publish_key_version integer NOT NULL,
    node_id text,
    created_by text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    on_air_at timestamptz,
    CONSTRAINT stream_pkey PRIMARY KEY (id),
    CONSTRAINT stream_created_by_fkey FOREIGN KEY (created_by) REFERENCES app_user(id) ON DELETE SET NULL,
    CONSTRAINT stream_node_id_fkey FOREIGN KEY (node_id) REFERENCES media_node(id) ON DELETE SET NULL,
    CONSTRAINT stream_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
    CONSTRAINT stream_buffer CHECK (((buffer_s >= 10) AND (buffer_s <= 3600))),
    CONSTRAINT stream_kind CHECK ((kind = ANY (ARRAY['push'::text, 'pull'::text, 'demo'::text]))),
    CONSTRAINT stream_url CHECK (((kind = 'pull'::text) = (url IS NOT NULL))),
    CONSTRAINT stream_visibility CHECK ((visibility = ANY (ARRAY['private'::text, 'organization'::text, 'unlisted'::text, 'public'::text])))
);
CREATE INDEX IF NOT EXISTS stream_by_name ON public.stream USING btree (organization_id, lower(name), id) WHERE (deleted_at IS NULL);
CREATE INDEX IF NOT EXISTS stream_deleted ON public.stream USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);
CREATE INDEX IF NOT EXISTS stream_of_node ON public.stream USING btree (node_id) WHERE (deleted_at IS NULL);
CREATE INDEX IF NOT EXISTS stream_of_organization ON public.stream USING btree (organization_id, slug);
CREATE INDEX IF NOT EXISTS stream_private ON public.stream USING btree (organization_id, created_by) WHERE (visibility = 'private'::text);
CREATE UNIQUE INDEX IF NOT EXISTS stream_slug ON public.stream USING btree (slug) WHERE (deleted_at IS NULL);

-- A canonical recording; one of files or of our own media belongs to its organisation.
CREATE TABLE IF NOT EXISTS public.tracks (
    id text NOT NULL,
    organization_id text,
    title text NOT NULL,
    artist text NOT NULL,
    isrc text,
    duration_ms integer,
    merged_into text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT tracks_pkey PRIMARY KEY (id),
    CONSTRAINT tracks_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES tracks(id) ON DELETE SET NULL,
    CONSTRAINT tracks_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS tracks_merged ON public.tracks USING btree (merged_into) WHERE (merged_into IS NOT NULL);
CREATE INDEX IF NOT EXISTS tracks_of_isrc ON public.tracks USING btree (isrc) WHERE (isrc IS NOT NULL);
CREATE INDEX IF NOT EXISTS tracks_of_organization ON public.tracks USING btree (organization_id) WHERE (organization_id IS NOT NULL);

-- A virtual machine that captures by itself.
CREATE TABLE IF NOT EXISTS public.vms (
    id text NOT NULL,
    organization_id text NOT NULL,
    name text NOT NULL,
    token_hash text NOT NULL,
    created_by text,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz,
    deleted_at timestamptz,
    CONSTRAINT vms_pkey PRIMARY KEY (id),
    CONSTRAINT vms_token UNIQUE (token_hash),
    CONSTRAINT vms_created_by_fkey FOREIGN KEY (created_by) REFERENCES app_user(id) ON DELETE SET NULL,
    CONSTRAINT vms_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS vms_of_organization ON public.vms USING btree (organization_id, name) WHERE (deleted_at IS NULL);

-- An address of another service, and what it is sent.
CREATE TABLE IF NOT EXISTS public.webhooks (
    id text NOT NULL,
    organization_id text NOT NULL,
    url text NOT NULL,
    events text[] NOT NULL,
    secret_version integer NOT NULL,
    rotated_at timestamptz,
    is_enabled boolean NOT NULL,
    disabled_reason text,
    failing_since timestamptz,
    last_delivered_at timestamptz,
    created_by text,
    created_at timestamptz NOT NULL,
    CONSTRAINT webhooks_pkey PRIMARY KEY (id),
    CONSTRAINT webhooks_created_by_fkey FOREIGN KEY (created_by) REFERENCES app_user(id) ON DELETE SET NULL,
    CONSTRAINT webhooks_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS webhooks_of_organization ON public.webhooks USING btree (organization_id);
CREATE INDEX IF NOT EXISTS webhooks_of_user ON public.webhooks USING btree (created_by);

-- A current or former slug of a collection; kept when the collection is deleted.
CREATE TABLE IF NOT EXISTS public.collection_slug (
    slug text NOT NULL,
    collection_id text,
    created_at timestamptz NOT NULL,
    CONSTRAINT collection_slug_pkey PRIMARY KEY (slug),
    CONSTRAINT collection_slug_collection_id_fkey FOREIGN KEY (collection_id) REFERENCES collection(id) ON DELETE SET NULL
);
CREATE INDEX IF NOT EXISTS collection_slug_of_collection ON public.collection_slug USING btree (collection_id);

-- One record per moment, whatever its source.
CREATE TABLE IF NOT EXISTS public.moments (
    id text NOT NULL,
    organization_id text NOT NULL,
    created_by text,
    vm_id text,
    created_by_vm text,
    kind text NOT NULL,
    title text NOT NULL,
    description text NOT NULL,
    tags text[] NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    visibility text NOT NULL,
    slug text,
    source_id text,
    source_name text,
    stream_id text,
    source jsonb,
    start_s integer,
    end_s integer,
    git_branch text,
    git_commit_hash text,
    git_commit_message text,
    git_author text,
    git_author_email text,
    git_commit_date timestamptz,
    git_diff text,
    images text[] DEFAULT '{}'::text[] NOT NULL,
    speakers jsonb DEFAULT '[]'::jsonb NOT NULL,
    key_emotions text[] DEFAULT '{}'::text[] NOT NULL,
    emotion_tags text[] DEFAULT '{}'::text[] NOT NULL,
    topic_tags text[] DEFAULT '{}'::text[] NOT NULL,
    cover_id text,
    shared_until timestamptz,
    joined_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    restored_at timestamptz,
    search tsvector,
    CONSTRAINT moments_pkey PRIMARY KEY (id),
    CONSTRAINT moments_slug UNIQUE (slug),
    CONSTRAINT moments_created_by_fkey FOREIGN KEY (created_by) REFERENCES app_user(id) ON DELETE SET NULL,
    CONSTRAINT moments_created_by_vm_fkey FOREIGN KEY (created_by_vm) REFERENCES vms(id) ON DELETE SET NULL,
    CONSTRAINT moments_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
    CONSTRAINT moments_vm_id_fkey FOREIGN KEY (vm_id) REFERENCES vms(id) ON DELETE SET NULL,
    CONSTRAINT moments_kind CHECK ((kind = ANY (ARRAY['clip'::text, 'snapshot'::text, 'commit'::text, 'mark'::text, 'video'::text, 'note'::text]))),
    CONSTRAINT moments_range CHECK (((0 <= start_s) AND (start_s < end_s))),
    CONSTRAINT moments_visibility CHECK ((visibility = ANY (ARRAY['private'::text, 'organization'::text, 'unlisted'::text, 'public'::text])))
);
CREATE INDEX IF NOT EXISTS moments_bin ON public.moments USING btree (organization_id, created_at DESC, id DESC) WHERE (deleted_at IS NOT NULL);
CREATE INDEX IF NOT EXISTS moments_deleted ON public.moments USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);
CREATE INDEX IF NOT EXISTS moments_joined ON public.moments USING btree (organization_id, joined_at) WHERE (joined_at IS NOT NULL);
CREATE INDEX IF NOT EXISTS moments_newest ON public.moments USING btree (organization_id, created_at DESC, id DESC) WHERE (deleted_at IS NULL);
CREATE INDEX IF NOT EXISTS moments_of_branch ON public.moments USING btree (organization_id, git_branch, created_at DESC, id DESC) WHERE ((git_branch IS NOT NULL) AND (deleted_at IS NULL));
CREATE INDEX IF NOT EXISTS moments_of_commit ON public.moments USING btree (organization_id, "left"(git_commit_hash, 12)) WHERE ((kind = 'commit'::text) AND (deleted_at IS NULL));
CREATE INDEX IF NOT EXISTS moments_of_kind ON public.moments USING btree (organization_id, kind, created_at DESC, id DESC) WHERE (deleted_at IS NULL);
CREATE INDEX IF NOT EXISTS moments_of_person ON public.moments USING btree (organization_id, created_by, created_at DESC, id DESC) WHERE (deleted_at IS NULL);
CREATE INDEX IF NOT EXISTS moments_of_provider ON public.moments USING btree (organization_id, ((source ->> 'provider'::text)), created_at DESC, id DESC) WHERE ((source IS NOT NULL) AND (deleted_at IS NULL));
CREATE INDEX IF NOT EXISTS moments_of_repository ON public.moments USING btree (organization_id, COALESCE((metadata ->> 'repository'::text), ''::text), created_at DESC, id DESC) WHERE ((kind = 'commit'::text) AND (deleted_at IS NULL));
CREATE INDEX IF NOT EXISTS moments_of_repository_branch ON public.moments USING btree (organization_id, COALESCE((metadata ->> 'repository'::text), ''::text), git_branch, created_at DESC, id DESC) WHERE ((kind = 'commit'::text) AND (deleted_at IS NULL));
CREATE INDEX IF NOT EXISTS moments_of_source ON public.moments USING btree (source_id, created_at DESC, id DESC) WHERE (source_id IS NOT NULL);
CREATE INDEX IF NOT EXISTS moments_of_stream_videos ON public.moments USING btree (stream_id, source_id) WHERE (stream_id IS NOT NULL);
CREATE INDEX IF NOT EXISTS moments_of_vm ON public.moments USING btree (vm_id, created_at DESC, id DESC) WHERE ((vm_id IS NOT NULL) AND (deleted_at IS NULL));
CREATE INDEX IF NOT EXISTS moments_public ON public.moments USING btree (created_at DESC, id DESC) WHERE ((visibility = 'public'::text) AND (deleted_at IS NULL));
CREATE INDEX IF NOT EXISTS moments_public_of_person ON public.moments USING btree (created_by, created_at DESC, id DESC) WHERE ((visibility = 'public'::text) AND (deleted_at IS NULL));
CREATE INDEX IF NOT EXISTS moments_search ON public.moments USING gin ((ARRAY[organization_id]), search);
CREATE INDEX IF NOT EXISTS moments_shared ON public.moments USING btree (organization_id, shared_until) WHERE (shared_until IS NOT NULL);
CREATE INDEX IF NOT EXISTS moments_streams_of_videos ON public.moments USING btree (source_id, stream_id) WHERE (stream_id IS NOT NULL);
CREATE INDEX IF NOT EXISTS moments_tags ON public.moments USING gin ((ARRAY[organization_id]), tags);
CREATE INDEX IF NOT EXISTS moments_time ON public.moments USING brin (created_at timestamptz_minmax_multi_ops) WITH (pages_per_range='32', autosummarize='on');

-- A notice that is still to be sent.
CREATE TABLE IF NOT EXISTS public.notice_delivery (
    notice_id text NOT NULL,
    channel text NOT NULL,
    target text NOT NULL,
    taken_until timestamptz,
    CONSTRAINT notice_delivery_pkey PRIMARY KEY (notice_id, channel, target),
    CONSTRAINT notice_delivery_notice_id_fkey FOREIGN KEY (notice_id) REFERENCES notifications(id) ON DELETE CASCADE
);

-- A browser that shows notices; it ends with its session.
CREATE TABLE IF NOT EXISTS public.push_subscription (
    id text NOT NULL,
    user_id text NOT NULL,
    session_id text NOT NULL,
    endpoint text NOT NULL,
    endpoint_hash text NOT NULL,
    p256dh text NOT NULL,
    auth text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT push_subscription_pkey PRIMARY KEY (id),
    CONSTRAINT push_subscription_endpoint_hash_key UNIQUE (endpoint_hash),
    CONSTRAINT push_subscription_session_id_fkey FOREIGN KEY (session_id) REFERENCES login_session(id) ON DELETE CASCADE,
    CONSTRAINT push_subscription_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user(id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS push_subscription_session ON public.push_subscription USING btree (session_id);
CREATE INDEX IF NOT EXISTS push_subscription_user ON public.push_subscription USING btree (user_id, created_at);

-- The best part of a track that many people save now. A job keeps it.
CREATE TABLE IF NOT EXISTS public.rising_part (
    track_id text NOT NULL,
    start_s integer NOT NULL,
    end_s integer NOT NULL,
    score double precision NOT NULL,
    people integer NOT NULL,
    gained integer NOT NULL,
    computed_at timestamptz NOT NULL,
    CONSTRAINT rising_part_pkey PRIMARY KEY (track_id),
    CONSTRAINT rising_part_track_id_fkey FOREIGN KEY (track_id) REFERENCES tracks(id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS rising_part_score ON public.rising_part USING btree (score DESC);

-- A recording at a provider: its time plus the offset is the canonical time.
CREATE TABLE IF NOT EXISTS public.track_sources (
    id text NOT NULL,
    organization_id text,
    track_id text NOT NULL,
    provider text NOT NULL,
    provider_id text NOT NULL,
    kind text NOT NULL,
    url text NOT NULL,
    title text NOT NULL,
    artist text NOT NULL,
    album text NOT NULL,
    channel text NOT NULL,
    isrc text,
    duration_ms integer,
    reported_ms integer,
    thumbnail_url text,
    restrictions jsonb NOT NULL,
    offset_ds integer NOT NULL,
    confidence double precision,
    decided_by text NOT NULL,
    asked_at timestamptz,
    fetched_at timestamptz,
    keys text[] NOT NULL,
    people_title text DEFAULT ''::text NOT NULL,
    people_artist text DEFAULT ''::text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT track_sources_pkey PRIMARY KEY (id),
    CONSTRAINT track_sources_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
    CONSTRAINT track_sources_track_id_fkey FOREIGN KEY (track_id) REFERENCES tracks(id) ON DELETE CASCADE,
    CONSTRAINT track_sources_decided CHECK ((decided_by = ANY (ARRAY['alone'::text, 'rule'::text, 'isrc'::text, 'people'::text])))
);
CREATE INDEX IF NOT EXISTS track_sources_fetched ON public.track_sources USING btree (fetched_at) WHERE (fetched_at IS NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS track_sources_key ON public.track_sources USING btree (provider, provider_id, COALESCE(organization_id, ''::text));
CREATE INDEX IF NOT EXISTS track_sources_of_artist ON public.track_sources USING gin (string_to_array(lower(COALESCE(NULLIF(people_artist, ''::text), artist)), '; '::text));
CREATE INDEX IF NOT EXISTS track_sources_of_isrc ON public.track_sources USING btree (isrc) WHERE (isrc IS NOT NULL);
CREATE INDEX IF NOT EXISTS track_sources_of_keys ON public.track_sources USING gin (keys);
CREATE INDEX IF NOT EXISTS track_sources_of_track ON public.track_sources USING btree (track_id);
CREATE INDEX IF NOT EXISTS track_sources_unasked ON public.track_sources USING btree (created_at) WHERE (asked_at IS NULL);
CREATE INDEX IF NOT EXISTS track_sources_words ON public.track_sources USING gin (to_tsvector('simple'::regconfig, ((((title || ' '::text) || artist) || ' '::text) || people_title)));

-- A message to one webhook, and how its last attempt ended.
CREATE TABLE IF NOT EXISTS public.webhook_deliveries (
    id text NOT NULL,
    webhook_id text NOT NULL,
    event text NOT NULL,
    payload jsonb NOT NULL,
    status text NOT NULL,
    attempts integer NOT NULL,
    next_at timestamptz,
    response_status integer,
    response_excerpt text,
    duration_ms integer,
    created_at timestamptz NOT NULL,
    attempted_at timestamptz,
    CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id),
    CONSTRAINT webhook_deliveries_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES webhooks(id) ON DELETE CASCADE,
    CONSTRAINT webhook_deliveries_status CHECK ((status = ANY (ARRAY['pending'::text, 'delivered'::text, 'failed'::text])))
);
CREATE INDEX IF NOT EXISTS webhook_deliveries_age ON public.webhook_deliveries USING btree (created_at);
CREATE INDEX IF NOT EXISTS webhook_deliveries_due ON public.webhook_deliveries USING btree (webhook_id, next_at) WHERE (status = 'pending'::text);
CREATE INDEX IF NOT EXISTS webhook_deliveries_of_webhook ON public.webhook_deliveries USING btree (webhook_id, id);
CREATE INDEX IF NOT EXISTS webhook_deliveries_subject ON public.webhook_deliveries USING btree (((payload #>> '{data,id}'::text[])));

-- A moment's place in a collection.
CREATE TABLE IF NOT EXISTS public.collection_item (
    collection_id text NOT NULL,
    moment_id text NOT NULL,
    position integer NOT NULL,
    CONSTRAINT collection_item_pkey PRIMARY KEY (collection_id, moment_id),
    CONSTRAINT collection_item_collection_id_fkey FOREIGN KEY (collection_id) REFERENCES collection(id) ON DELETE CASCADE,
    CONSTRAINT collection_item_moment_id_fkey FOREIGN KEY (moment_id) REFERENCES moments(id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS collection_item_of_moment ON public.collection_item USING btree (moment_id);

-- What a commit's capture changed: since the one before it, and against its baseline.
CREATE TABLE IF NOT EXISTS public.commit_checks (
    moment_id text NOT NULL,
    organization_id text NOT NULL,
    previous_id text,
    previous_share double precision,
    previous_summary text,
    baseline_id text,
    verdict text,
    share double precision,
    places integer DEFAULT 0 NOT NULL,
    summary text DEFAULT ''::text NOT NULL,
    error text,
    checked_at timestamptz NOT NULL,
    CONSTRAINT commit_checks_pkey PRIMARY KEY (moment_id),
    CONSTRAINT commit_checks_baseline_id_fkey FOREIGN KEY (baseline_id) REFERENCES moments(id) ON DELETE SET NULL,
    CONSTRAINT commit_checks_moment_id_fkey FOREIGN KEY (moment_id) REFERENCES moments(id) ON DELETE CASCADE,
    CONSTRAINT commit_checks_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
    CONSTRAINT commit_checks_previous_id_fkey FOREIGN KEY (previous_id) REFERENCES moments(id) ON DELETE SET NULL
);
CREATE INDEX IF NOT EXISTS commit_checks_of_baseline ON public.commit_checks USING btree (baseline_id);
CREATE INDEX IF NOT EXISTS commit_checks_of_previous ON public.commit_checks USING btree (previous_id);

-- Who approved or rejected a capture, and when; the newest of a moment holds.
CREATE TABLE IF NOT EXISTS public.commit_decisions (
    id text NOT NULL,
    organization_id text NOT NULL,
    moment_id text NOT NULL,
    verdict text NOT NULL,
    variant_of text,
    note text DEFAULT ''::text NOT NULL,
    decided_by text,
    decided_at timestamptz NOT NULL,
    CONSTRAINT commit_decisions_pkey PRIMARY KEY (id),
    CONSTRAINT commit_decisions_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES app_user(id) ON DELETE SET NULL,
    CONSTRAINT commit_decisions_moment_id_fkey FOREIGN KEY (moment_id) REFERENCES moments(id) ON DELETE CASCADE,
    CONSTRAINT commit_decisions_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
    CONSTRAINT commit_decisions_variant_of_fkey FOREIGN KEY (variant_of) REFERENCES moments(id) ON DELETE CASCADE,
    CONSTRAINT commit_decisions_verdict CHECK ((verdict = ANY (ARRAY['approved'::text, 'rejected'::text])))
);
CREATE INDEX IF NOT EXISTS commit_decisions_of_baseline ON public.commit_decisions USING btree (variant_of) WHERE (variant_of IS NOT NULL);
CREATE INDEX IF NOT EXISTS commit_decisions_of_moment ON public.commit_decisions USING btree (moment_id, id DESC);
CREATE INDEX IF NOT EXISTS commit_decisions_of_user ON public.commit_decisions USING btree (decided_by);

-- A change of one picture that somebody chose to ignore, known by its mask.
CREATE TABLE IF NOT EXISTS public.ignored_changes (
    id text NOT NULL,
    organization_id text NOT NULL,
    repository text NOT NULL,
    name text NOT NULL,
    mask text NOT NULL,
    moment_id text,
    ignored_by text,
    ignored_at timestamptz NOT NULL,
    undone_by text,
    undone_at timestamptz,
    CONSTRAINT ignored_changes_pkey PRIMARY KEY (id),
    CONSTRAINT ignored_changes_ignored_by_fkey FOREIGN KEY (ignored_by) REFERENCES app_user(id) ON DELETE SET NULL,
    CONSTRAINT ignored_changes_moment_id_fkey FOREIGN KEY (moment_id) REFERENCES moments(id) ON DELETE SET NULL,
    CONSTRAINT ignored_changes_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
    CONSTRAINT ignored_changes_undone_by_fkey FOREIGN KEY (undone_by) REFERENCES app_user(id) ON DELETE SET NULL
);
CREATE INDEX IF NOT EXISTS ignored_changes_of_moment ON public.ignored_changes USING btree (moment_id);
CREATE INDEX IF NOT EXISTS ignored_changes_of_user ON public.ignored_changes USING btree (ignored_by);
CREATE UNIQUE INDEX IF NOT EXISTS ignored_changes_once ON public.ignored_changes USING btree (organization_id, repository, name, mask) WHERE (undone_at IS NULL);

-- A moment that came out of an archive, known by where it was made.
CREATE TABLE IF NOT EXISTS public.imported_moments (
    moment_id text NOT NULL,
    organization_id text NOT NULL,
    origin text NOT NULL,
    original_id text NOT NULL,
    is_complete boolean DEFAULT false NOT NULL,
    CONSTRAINT imported_moments_pkey PRIMARY KEY (moment_id),
    CONSTRAINT imported_moments_once UNIQUE (organization_id, origin, original_id),
    CONSTRAINT imported_moments_moment_id_fkey FOREIGN KEY (moment_id) REFERENCES moments(id) ON DELETE CASCADE,
    CONSTRAINT imported_moments_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE
);

-- A moment of which a search's person was told.
CREATE TABLE IF NOT EXISTS public.kept_search_hit (
    search_id text NOT NULL,
    moment_id text NOT NULL,
    found_at timestamptz NOT NULL,
    CONSTRAINT kept_search_hit_pkey PRIMARY KEY (search_id, moment_id),
    CONSTRAINT kept_search_hit_moment_id_fkey FOREIGN KEY (moment_id) REFERENCES moments(id) ON DELETE CASCADE,
    CONSTRAINT kept_search_hit_search_id_fkey FOREIGN KEY (search_id) REFERENCES kept_search(id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS kept_search_hit_of_moment ON public.kept_search_hit USING btree (moment_id);

-- Other times that somebody suggests for a mark, on its source's own time.
CREATE TABLE IF NOT EXISTS public.mark_nudge (
    id text NOT NULL,
    moment_id text NOT NULL,
    user_id text NOT NULL,
    start_ds integer NOT NULL,
    end_ds integer NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT mark_nudge_pkey PRIMARY KEY (id),
    CONSTRAINT mark_nudge_once UNIQUE (moment_id, user_id),
    CONSTRAINT mark_nudge_moment_id_fkey FOREIGN KEY (moment_id) REFERENCES moments(id) ON DELETE CASCADE,
    CONSTRAINT mark_nudge_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user(id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS mark_nudge_of_user ON public.mark_nudge USING btree (user_id);

-- A moment's part of a track, in tenths of a second on the canonical timeline.
CREATE TABLE IF NOT EXISTS public.marks (
    moment_id text NOT NULL,
    organization_id text NOT NULL,
    track_id text NOT NULL,
    source_id text NOT NULL,
    user_id text,
    start_ds integer NOT NULL,
    end_ds integer NOT NULL,
    seen_duration_ms integer,
    visibility text NOT NULL,
    counts_if_private boolean NOT NULL,
    is_deleted boolean NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT marks_pkey PRIMARY KEY (moment_id),
    CONSTRAINT marks_moment_id_fkey FOREIGN KEY (moment_id) REFERENCES moments(id) ON DELETE CASCADE,
    CONSTRAINT marks_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
    CONSTRAINT marks_source_id_fkey FOREIGN KEY (source_id) REFERENCES track_sources(id) ON DELETE CASCADE,
    CONSTRAINT marks_track_id_fkey FOREIGN KEY (track_id) REFERENCES tracks(id) ON DELETE CASCADE,
    CONSTRAINT marks_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user(id) ON DELETE SET NULL,
    CONSTRAINT marks_range CHECK ((start_ds < end_ds))
);
CREATE INDEX IF NOT EXISTS marks_by_ends ON public.marks USING btree (track_id, start_ds, end_ds) INCLUDE (user_id, organization_id, visibility, counts_if_private, is_deleted);
CREATE INDEX IF NOT EXISTS marks_of_organization ON public.marks USING btree (organization_id);
CREATE INDEX IF NOT EXISTS marks_of_source ON public.marks USING btree (source_id);
CREATE INDEX IF NOT EXISTS marks_of_track_in_organization ON public.marks USING btree (track_id, organization_id);
CREATE INDEX IF NOT EXISTS marks_of_user ON public.marks USING btree (user_id, track_id) WHERE (user_id IS NOT NULL);
CREATE INDEX IF NOT EXISTS marks_public_new ON public.marks USING btree (created_at) WHERE ((visibility = 'public'::text) AND (NOT is_deleted));

-- A source that may be another one of a track: people are asked.
CREATE TABLE IF NOT EXISTS public.match_candidates (
    source_id text NOT NULL,
    track_id text NOT NULL,
    confidence double precision NOT NULL,
    reason text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT match_candidates_pkey PRIMARY KEY (source_id, track_id),
    CONSTRAINT match_candidates_source_id_fkey FOREIGN KEY (source_id) REFERENCES track_sources(id) ON DELETE CASCADE,
    CONSTRAINT match_candidates_track_id_fkey FOREIGN KEY (track_id) REFERENCES tracks(id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS match_candidates_of_track ON public.match_candidates USING btree (track_id);

-- What a person says: a source is, or is not, one of a track, so much shifted.
CREATE TABLE IF NOT EXISTS public.match_votes (
    source_id text NOT NULL,
    user_id text NOT NULL,
    track_id text NOT NULL,
    is_same boolean NOT NULL,
    offset_ds integer NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT match_votes_pkey PRIMARY KEY (source_id, user_id),
    CONSTRAINT match_votes_source_id_fkey FOREIGN KEY (source_id) REFERENCES track_sources(id) ON DELETE CASCADE,
    CONSTRAINT match_votes_track_id_fkey FOREIGN KEY (track_id) REFERENCES tracks(id) ON DELETE CASCADE,
    CONSTRAINT match_votes_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user(id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS match_votes_of_track ON public.match_votes USING btree (track_id);
CREATE INDEX IF NOT EXISTS match_votes_of_user ON public.match_votes USING btree (user_id);

-- A stored file of a moment, or an upload in progress.
CREATE TABLE IF NOT EXISTS public.moment_assets (
    id text NOT NULL,
    organization_id text NOT NULL,
    moment_id text NOT NULL,
    purpose text NOT NULL,
    asset_type text NOT NULL,
    file_name text NOT NULL,
    mime_type text NOT NULL,
    file_size_bytes bigint NOT NULL,
    gcs_bucket text NOT NULL,
    gcs_path text NOT NULL,
    generation text,
    sha256 text,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    processing_status text NOT NULL,
    processing_error text,
    processing_attempts integer DEFAULT 0 NOT NULL,
    preview_id text,
    upload_method text NOT NULL,
    uploaded_by text,
    uploaded_by_vm text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT moment_assets_pkey PRIMARY KEY (id),
    CONSTRAINT moment_assets_object UNIQUE (gcs_bucket, gcs_path),
    CONSTRAINT moment_assets_moment_id_fkey FOREIGN KEY (moment_id) REFERENCES moments(id) ON DELETE CASCADE,
    CONSTRAINT moment_assets_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
    CONSTRAINT moment_assets_uploaded_by_fkey FOREIGN KEY (uploaded_by) REFERENCES app_user(id) ON DELETE SET NULL,
    CONSTRAINT moment_assets_uploaded_by_vm_fkey FOREIGN KEY (uploaded_by_vm) REFERENCES vms(id) ON DELETE SET NULL,
    CONSTRAINT moment_assets_method CHECK ((upload_method = ANY (ARRAY['web_ui'::text, 'api'::text, 'vm_agent'::text, 'cli'::text]))),
    CONSTRAINT moment_assets_purpose CHECK ((purpose = ANY (ARRAY['media'::text, 'preview'::text, 'derived'::text]))),
    CONSTRAINT moment_assets_status CHECK ((processing_status = ANY (ARRAY['pending'::text, 'processing'::text, 'completed'::text, 'failed'::text]))),
    CONSTRAINT moment_assets_type CHECK ((asset_type = ANY (ARRAY['screenshot'::text, 'screen_recording'::text, 'log_file'::text, 'config_file'::text, 'other'::text])))
);
CREATE INDEX IF NOT EXISTS moment_assets_of_moment ON public.moment_assets USING btree (moment_id);
CREATE INDEX IF NOT EXISTS moment_assets_pending ON public.moment_assets USING btree (uploaded_by) WHERE (processing_status = 'pending'::text);
CREATE INDEX IF NOT EXISTS moment_assets_processing ON public.moment_assets USING btree (uploaded_by) WHERE (processing_status = 'processing'::text);
CREATE INDEX IF NOT EXISTS moment_assets_unarrived ON public.moment_assets USING btree (created_at) WHERE (generation IS NULL);

-- Who likes which moment.
CREATE TABLE IF NOT EXISTS public.moment_like (
    moment_id text NOT NULL,
    user_id text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT moment_like_pkey PRIMARY KEY (moment_id, user_id),
    CONSTRAINT moment_like_moment_id_fkey FOREIGN KEY (moment_id) REFERENCES moments(id) ON DELETE CASCADE,
    CONSTRAINT moment_like_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user(id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS moment_like_of_user ON public.moment_like USING btree (user_id);

-- A report of abuse to the moment's organisation; the reporter is a hash.
CREATE TABLE IF NOT EXISTS public.moment_report (
    id text NOT NULL,
    organization_id text NOT NULL,
    moment_id text NOT NULL,
    reason text NOT NULL,
    details text NOT NULL,
    reporter text NOT NULL,
    created_at timestamptz NOT NULL,
    resolved_at timestamptz,
    resolved_by text,
    CONSTRAINT moment_report_pkey PRIMARY KEY (id),
    CONSTRAINT moment_report_once UNIQUE (moment_id, reporter),
    CONSTRAINT moment_report_moment_id_fkey FOREIGN KEY (moment_id) REFERENCES moments(id) ON DELETE CASCADE,
    CONSTRAINT moment_report_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
    CONSTRAINT moment_report_resolved_by_fkey FOREIGN KEY (resolved_by) REFERENCES app_user(id) ON DELETE SET NULL
);
CREATE INDEX IF NOT EXISTS moment_report_open ON public.moment_report USING btree (organization_id, created_at) WHERE (resolved_at IS NULL);
CREATE INDEX IF NOT EXISTS moment_report_resolved_by ON public.moment_report USING btree (resolved_by);

-- A current or former slug of a moment; kept when the moment is purged.
CREATE TABLE IF NOT EXISTS public.moment_slug (
    slug text NOT NULL,
    moment_id text,
    created_at timestamptz NOT NULL,
    CONSTRAINT moment_slug_pkey PRIMARY KEY (slug),
    CONSTRAINT moment_slug_moment_id_fkey FOREIGN KEY (moment_id) REFERENCES moments(id) ON DELETE SET NULL
);
CREATE INDEX IF NOT EXISTS moment_slug_of_moment ON public.moment_slug USING btree (moment_id);

-- A chat, which may be about a moment.
CREATE TABLE IF NOT EXISTS public.sessions (
    id text NOT NULL,
    organization_id text NOT NULL,
    created_by text,
    moment_id text,
    title text NOT NULL,
    visibility text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_created_by_fkey FOREIGN KEY (created_by) REFERENCES app_user(id) ON DELETE SET NULL,
    CONSTRAINT sessions_moment_id_fkey FOREIGN KEY (moment_id) REFERENCES moments(id) ON DELETE CASCADE,
    CONSTRAINT sessions_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
    CONSTRAINT sessions_visibility CHECK ((visibility = ANY (ARRAY['private'::text, 'organization'::text])))
);
CREATE INDEX IF NOT EXISTS idx_sessions_moment_id ON public.sessions USING btree (moment_id);
CREATE INDEX IF NOT EXISTS sessions_of_organization ON public.sessions USING btree (organization_id, updated_at DESC);
CREATE INDEX IF NOT EXISTS sessions_of_person ON public.sessions USING btree (created_by);

-- What a person calls a source.
CREATE TABLE IF NOT EXISTS public.source_name (
    source_id text NOT NULL,
    user_id text NOT NULL,
    title text NOT NULL,
    artist text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT source_name_pkey PRIMARY KEY (source_id, user_id),
    CONSTRAINT source_name_source_id_fkey FOREIGN KEY (source_id) REFERENCES track_sources(id) ON DELETE CASCADE,
    CONSTRAINT source_name_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user(id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS source_name_of_user ON public.source_name USING btree (user_id);

-- The media facts of a moment that was captured from a stream.
CREATE TABLE IF NOT EXISTS public.captures (
    id text NOT NULL,
    organization_id text NOT NULL,
    moment_id text NOT NULL,
    kind text NOT NULL,
    stream_id text,
    stream_name text,
    stream_slug text,
    status text NOT NULL,
    error text,
    requested_start timestamptz NOT NULL,
    requested_end timestamptz NOT NULL,
    start_at timestamptz NOT NULL,
    end_at timestamptz NOT NULL,
    duration_ms integer NOT NULL,
    width integer,
    height integer,
    has_audio boolean,
    asset_id text,
    preview_id text,
    node_id text,
    node_missed_at timestamptz,
    parent_id text,
    trim_start_ms integer,
    trim_end_ms integer,
    created_by text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    removed_at timestamptz,
    moment_deleted_at timestamptz,
    CONSTRAINT captures_pkey PRIMARY KEY (id),
    CONSTRAINT captures_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES moment_assets(id),
    CONSTRAINT captures_created_by_fkey FOREIGN KEY (created_by) REFERENCES app_user(id) ON DELETE SET NULL,
    CONSTRAINT captures_moment_id_fkey FOREIGN KEY (moment_id) REFERENCES moments(id) ON DELETE CASCADE,
    CONSTRAINT captures_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
    CONSTRAINT captures_preview_id_fkey FOREIGN KEY (preview_id) REFERENCES moment_assets(id),
    CONSTRAINT captures_stream_id_fkey FOREIGN KEY (stream_id) REFERENCES stream(id) ON DELETE SET NULL,
    CONSTRAINT captures_kind CHECK ((kind = ANY (ARRAY['snapshot'::text, 'clip'::text]))),
    CONSTRAINT captures_ready CHECK (((status <> 'ready'::text) OR (asset_id IS NOT NULL))),
    CONSTRAINT captures_status CHECK ((status = ANY (ARRAY['recording'::text, 'processing'::text, 'ready'::text, 'failed'::text])))
);
CREATE INDEX IF NOT EXISTS captures_bin ON public.captures USING btree (organization_id, created_at DESC, id DESC) WHERE ((moment_deleted_at IS NOT NULL) OR (removed_at IS NOT NULL));
CREATE INDEX IF NOT EXISTS captures_node_missed ON public.captures USING btree (node_id) WHERE ((status = 'failed'::text) AND (node_missed_at IS NOT NULL));
CREATE INDEX IF NOT EXISTS captures_not_ready ON public.captures USING btree (organization_id, created_at DESC, id DESC) WHERE (status <> 'ready'::text);
CREATE INDEX IF NOT EXISTS captures_of_asset ON public.captures USING btree (asset_id);
CREATE INDEX IF NOT EXISTS captures_of_moment ON public.captures USING btree (moment_id);
CREATE INDEX IF NOT EXISTS captures_of_organization ON public.captures USING btree (organization_id, created_at DESC, id DESC, start_at);
CREATE INDEX IF NOT EXISTS captures_of_parent ON public.captures USING btree (parent_id) WHERE (parent_id IS NOT NULL);
CREATE INDEX IF NOT EXISTS captures_of_person ON public.captures USING btree (organization_id, created_by, created_at DESC, id DESC);
CREATE INDEX IF NOT EXISTS captures_of_preview ON public.captures USING btree (preview_id);
CREATE INDEX IF NOT EXISTS captures_of_stream ON public.captures USING btree (stream_id, created_at DESC, id DESC, start_at);
CREATE INDEX IF NOT EXISTS captures_removed ON public.captures USING btree (removed_at) WHERE (removed_at IS NOT NULL);
CREATE INDEX IF NOT EXISTS captures_unfinished ON public.captures USING btree (created_at) WHERE (status = ANY (ARRAY['recording'::text, 'processing'::text]));

-- A message; it keeps the moment that it was written about.
CREATE TABLE IF NOT EXISTS public.messages (
    id text NOT NULL,
    session_id text NOT NULL,
    moment_id text,
    role text NOT NULL,
    content text NOT NULL,
    citations jsonb NOT NULL,
    state text NOT NULL,
    error text,
    given jsonb,
    created_by text,
    is_program boolean NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT messages_pkey PRIMARY KEY (id),
    CONSTRAINT messages_created_by_fkey FOREIGN KEY (created_by) REFERENCES app_user(id) ON DELETE SET NULL,
    CONSTRAINT messages_moment_id_fkey FOREIGN KEY (moment_id) REFERENCES moments(id) ON DELETE CASCADE,
    CONSTRAINT messages_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions(id) ON DELETE CASCADE,
    CONSTRAINT messages_role CHECK ((role = ANY (ARRAY['user'::text, 'assistant'::text, 'system'::text]))),
    CONSTRAINT messages_state CHECK ((state = ANY (ARRAY['done'::text, 'writing'::text, 'stopped'::text, 'failed'::text])))
);
CREATE INDEX IF NOT EXISTS messages_of_moment ON public.messages USING btree (moment_id);
CREATE INDEX IF NOT EXISTS messages_of_person ON public.messages USING btree (created_by);
CREATE INDEX IF NOT EXISTS messages_of_session ON public.messages USING btree (session_id, id);
CREATE UNIQUE INDEX IF NOT EXISTS messages_writing ON public.messages USING btree (session_id) WHERE (state = 'writing'::text);

-- A video and its place in the pipeline; its title and rights are its moment's.
CREATE TABLE IF NOT EXISTS public.videos (
    id text NOT NULL,
    organization_id text NOT NULL,
    moment_id text NOT NULL,
    owns_moment boolean NOT NULL,
    source text NOT NULL,
    url text,
    asset_id text,
    audio_id text,
    voices_id text,
    status text NOT NULL,
    run integer NOT NULL,
    prompt text NOT NULL,
    speaker_count integer,
    duration_ms integer,
    width integer,
    height integer,
    has_audio boolean,
    loudness bytea,
    created_by text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT videos_pkey PRIMARY KEY (id),
    CONSTRAINT videos_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES moment_assets(id) ON DELETE SET NULL,
    CONSTRAINT videos_audio_id_fkey FOREIGN KEY (audio_id) REFERENCES moment_assets(id) ON DELETE SET NULL,
    CONSTRAINT videos_created_by_fkey FOREIGN KEY (created_by) REFERENCES app_user(id) ON DELETE SET NULL,
    CONSTRAINT videos_moment_id_fkey FOREIGN KEY (moment_id) REFERENCES moments(id) ON DELETE CASCADE,
    CONSTRAINT videos_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
    CONSTRAINT videos_voices_id_fkey FOREIGN KEY (voices_id) REFERENCES moment_assets(id) ON DELETE SET NULL,
    CONSTRAINT videos_source CHECK ((source = ANY (ARRAY['upload'::text, 'url'::text, 'moment'::text, 'capture'::text]))),
    CONSTRAINT videos_status CHECK ((status = ANY (ARRAY['queued'::text, 'running'::text, 'completed'::text, 'failed'::text, 'cancelled'::text])))
);
CREATE INDEX IF NOT EXISTS videos_of_asset ON public.videos USING btree (asset_id) WHERE (asset_id IS NOT NULL);
CREATE INDEX IF NOT EXISTS videos_of_audio ON public.videos USING btree (audio_id) WHERE (audio_id IS NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS videos_of_moment ON public.videos USING btree (moment_id);
CREATE INDEX IF NOT EXISTS videos_of_organization ON public.videos USING btree (organization_id, created_at DESC, id DESC);
CREATE INDEX IF NOT EXISTS videos_of_person ON public.videos USING btree (created_by);
CREATE INDEX IF NOT EXISTS videos_of_voices ON public.videos USING btree (voices_id) WHERE (voices_id IS NOT NULL);

-- A piece of text that search finds; who may see it is decided by what it comes from.
CREATE TABLE IF NOT EXISTS public.passages (
    id bigserial NOT NULL,
    organization_id text NOT NULL,
    kind text NOT NULL,
    source_id text NOT NULL,
    number integer NOT NULL,
    moment_id text,
    video_id text,
    session_id text,
    start_s double precision,
    author text NOT NULL,
    emotion text,
    text text NOT NULL,
    more text NOT NULL,
    words tsvector,
    model text,
    created_at timestamptz NOT NULL,
    is_shared boolean DEFAULT true NOT NULL,
    CONSTRAINT passages_pkey PRIMARY KEY (id),
    CONSTRAINT passages_of_source UNIQUE (source_id, number),
    CONSTRAINT passages_moment_id_fkey FOREIGN KEY (moment_id) REFERENCES moments(id) ON DELETE CASCADE,
    CONSTRAINT passages_of_chat FOREIGN KEY (session_id) REFERENCES sessions(id) ON DELETE CASCADE,
    CONSTRAINT passages_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
    CONSTRAINT passages_video_id_fkey FOREIGN KEY (video_id) REFERENCES videos(id) ON DELETE CASCADE,
    CONSTRAINT passages_kind CHECK ((kind = ANY (ARRAY['moment'::text, 'line'::text, 'message'::text])))
);
CREATE INDEX IF NOT EXISTS passages_due ON public.passages USING btree (id) WHERE (model IS NULL);
CREATE INDEX IF NOT EXISTS passages_model ON public.passages USING btree (model);
CREATE INDEX IF NOT EXISTS passages_not_shared ON public.passages USING btree (organization_id) WHERE (NOT is_shared);
CREATE INDEX IF NOT EXISTS passages_of_moment ON public.passages USING btree (moment_id);
CREATE INDEX IF NOT EXISTS passages_of_organization ON public.passages USING btree (organization_id, kind);
CREATE INDEX IF NOT EXISTS passages_of_session ON public.passages USING btree (session_id) WHERE (session_id IS NOT NULL);
CREATE INDEX IF NOT EXISTS passages_of_video ON public.passages USING btree (video_id) WHERE (video_id IS NOT NULL);
CREATE INDEX IF NOT EXISTS passages_words ON public.passages USING gin (words);

-- What is said in a video, and how that is known.
CREATE TABLE IF NOT EXISTS public.transcripts (
    video_id text NOT NULL,
    organization_id text NOT NULL,
    language text,
    certainty double precision,
    source text NOT NULL,
    reason text,
    speakers jsonb NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT transcripts_pkey PRIMARY KEY (video_id),
    CONSTRAINT transcripts_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
    CONSTRAINT transcripts_video_id_fkey FOREIGN KEY (video_id) REFERENCES videos(id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS transcripts_of_organization ON public.transcripts USING btree (organization_id);

-- A part of a video that is a moment, why it was chosen, and its clip.
CREATE TABLE IF NOT EXISTS public.video_moments (
    moment_id text NOT NULL,
    video_id text NOT NULL,
    organization_id text NOT NULL,
    start_ms integer NOT NULL,
    end_ms integer NOT NULL,
    score double precision,
    reasons jsonb NOT NULL,
    origin text NOT NULL,
    is_edited boolean NOT NULL,
    clip_status text NOT NULL,
    clip_error text,
    clip_attempts integer NOT NULL,
    asset_id text,
    vertical_id text,
    vertical_status text,
    vertical_error text,
    vertical_crop double precision,
    vertical_captions boolean DEFAULT true NOT NULL,
    CONSTRAINT video_moments_pkey PRIMARY KEY (moment_id),
    CONSTRAINT video_moments_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES moment_assets(id) ON DELETE SET NULL,
    CONSTRAINT video_moments_moment_id_fkey FOREIGN KEY (moment_id) REFERENCES moments(id) ON DELETE CASCADE,
    CONSTRAINT video_moments_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
    CONSTRAINT video_moments_vertical_id_fkey FOREIGN KEY (vertical_id) REFERENCES moment_assets(id) ON DELETE SET NULL,
    CONSTRAINT video_moments_video_id_fkey FOREIGN KEY (video_id) REFERENCES videos(id) ON DELETE CASCADE,
    CONSTRAINT video_moments_clip CHECK ((clip_status = ANY (ARRAY['waiting'::text, 'ready'::text, 'failed'::text]))),
    CONSTRAINT video_moments_origin CHECK ((origin = ANY (ARRAY['signals'::text, 'model'::text, 'person'::text]))),
    CONSTRAINT video_moments_range CHECK (((0 <= start_ms) AND (start_ms < end_ms))),
    CONSTRAINT video_moments_vertical CHECK ((vertical_status = ANY (ARRAY['waiting'::text, 'ready'::text, 'failed'::text])))
);
CREATE INDEX IF NOT EXISTS video_moments_exports ON public.video_moments USING btree (organization_id) WHERE (vertical_status = 'waiting'::text);
CREATE INDEX IF NOT EXISTS video_moments_of_asset ON public.video_moments USING btree (asset_id) WHERE (asset_id IS NOT NULL);
CREATE INDEX IF NOT EXISTS video_moments_of_organization ON public.video_moments USING btree (organization_id);
CREATE INDEX IF NOT EXISTS video_moments_of_vertical ON public.video_moments USING btree (vertical_id) WHERE (vertical_id IS NOT NULL);
CREATE INDEX IF NOT EXISTS video_moments_of_video ON public.video_moments USING btree (video_id, start_ms);

-- One stage of a video's pipeline.
CREATE TABLE IF NOT EXISTS public.video_stages (
    video_id text NOT NULL,
    position integer NOT NULL,
    organization_id text NOT NULL,
    name text NOT NULL,
    status text NOT NULL,
    progress double precision NOT NULL,
    attempts integer NOT NULL,
    is_active boolean NOT NULL,
    error text,
    note text,
    due_at timestamptz,
    sent_at timestamptz,
    started_at timestamptz,
    ended_at timestamptz,
    CONSTRAINT video_stages_pkey PRIMARY KEY (video_id, "position"),
    CONSTRAINT video_stages_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
    CONSTRAINT video_stages_video_id_fkey FOREIGN KEY (video_id) REFERENCES videos(id) ON DELETE CASCADE,
    CONSTRAINT video_stages_status CHECK ((status = ANY (ARRAY['pending'::text, 'queued'::text, 'running'::text, 'completed'::text, 'failed'::text, 'cancelled'::text])))
);
CREATE INDEX IF NOT EXISTS video_stages_active ON public.video_stages USING btree (organization_id) WHERE is_active;
CREATE INDEX IF NOT EXISTS video_stages_queued ON public.video_stages USING btree (due_at) WHERE (status = 'queued'::text);
CREATE INDEX IF NOT EXISTS video_stages_sent ON public.video_stages USING btree (organization_id, sent_at DESC NULLS LAST);

-- One line of a transcript.
CREATE TABLE IF NOT EXISTS public.transcript_lines (
    video_id text NOT NULL,
    number integer NOT NULL,
    start_ms integer NOT NULL,
    end_ms integer NOT NULL,
    speaker integer,
    text text NOT NULL,
    emotion text,
    confidence double precision,
    words jsonb NOT NULL,
    is_edited boolean NOT NULL,
    CONSTRAINT transcript_lines_pkey PRIMARY KEY (video_id, number),
    CONSTRAINT transcript_lines_video_id_fkey FOREIGN KEY (video_id) REFERENCES transcripts(video_id) ON DELETE CASCADE
);

CREATE STATISTICS IF NOT EXISTS public.captures_owners (dependencies) ON organization_id, stream_id, created_by FROM captures;

CREATE STATISTICS IF NOT EXISTS public.moments_owners (dependencies) ON organization_id, created_by, vm_id, source_id FROM moments;

CREATE OR REPLACE FUNCTION public.captures_follow()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    UPDATE captures SET moment_deleted_at = NEW.deleted_at WHERE moment_id = NEW.id;
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.marks_deleted()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    PERFORM marks_sum((SELECT array_agg(ROW(gone.*)::marks) FROM gone), '{}');
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.marks_follow()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    UPDATE marks k SET visibility = NEW.visibility, is_deleted = NEW.deleted_at IS NOT NULL,
        start_ds = CASE WHEN div(k.start_ds - s.offset_ds, 10) = NEW.start_s THEN k.start_ds
            ELSE NEW.start_s * 10 + s.offset_ds END,
        end_ds = CASE WHEN div(k.end_ds - s.offset_ds + 9, 10) = NEW.end_s THEN k.end_ds
            ELSE NEW.end_s * 10 + s.offset_ds END
    FROM track_sources s WHERE s.id = k.source_id AND k.moment_id = NEW.id;
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.marks_inserted()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    PERFORM marks_sum('{}', (SELECT array_agg(ROW(come.*)::marks) FROM come));
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.marks_sum(gone marks[], come marks[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE pair record;
BEGIN
    -- Who holds the tracks alone (a merge) has set this: no lock for each user then.
    IF current_setting('moments.tracks_locked', true) IS DISTINCT FROM 'on' THEN
        PERFORM 1 FROM tracks WHERE id IN (
            SELECT track_id FROM unnest(gone) UNION SELECT track_id FROM unnest(come)
        ) ORDER BY id FOR KEY SHARE;
        FOR pair IN SELECT track_id, user_id FROM unnest(gone) WHERE user_id IS NOT NULL
            UNION SELECT track_id, user_id FROM unnest(come) WHERE user_id IS NOT NULL ORDER BY 1, 2
        LOOP
            PERFORM pg_advisory_xact_lock(
                hashtextextended(pair.track_id || ' ' || pair.user_id, 0));
        END LOOP;
    END IF;
    WITH affected AS (
        SELECT track_id, user_id FROM unnest(gone) WHERE user_id IS NOT NULL
        UNION SELECT track_id, user_id FROM unnest(come) WHERE user_id IS NOT NULL
    ), present AS (
        SELECT m.* FROM marks m JOIN affected a ON a.user_id = m.user_id AND a.track_id = m.track_id
    ), stated AS (
        SELECT 1 AS sign, p.* FROM present p
        UNION ALL SELECT -1, p.* FROM present p
        WHERE p.moment_id NOT IN (SELECT moment_id FROM unnest(come))
        UNION ALL SELECT -1, g.* FROM unnest(gone) g
    ), covered AS (
        SELECT track_id, user_id, layer, sign, range_agg(int4range(start_ds, end_ds)) AS spans
        FROM stated CROSS JOIN (VALUES (0), (1)) AS layers (layer)
        WHERE user_id IS NOT NULL AND NOT is_deleted
            AND (visibility <> 'private' OR counts_if_private)
            AND (layer = 0 OR visibility = 'public')
        GROUP BY track_id, user_id, layer, sign
    ), edges AS (
        SELECT track_id, user_id, layer, lower(span) AS at_ds, floor(lower(span) / 10.0)::integer AS at_s,
            sign AS delta FROM covered, unnest(spans) AS span
        UNION ALL
        SELECT track_id, user_id, layer, upper(span), ceil(upper(span) / 10.0)::integer, -sign
        FROM covered, unnest(spans) AS span
    ), heat AS (
        INSERT INTO track_heat AS h SELECT track_id, layer, at_ds, sum(delta) FROM edges
        GROUP BY track_id, layer, at_ds HAVING sum(delta) <> 0 ORDER BY 1, 2, 3
        ON CONFLICT (track_id, layer, at_ds) DO UPDATE SET delta = h.delta + excluded.delta
    ), votes AS (
        INSERT INTO track_votes AS v
        SELECT track_id, layer, abs(hashtext(user_id) % 32), at_s, sum(delta) FROM edges
        GROUP BY 1, 2, 3, 4 HAVING sum(delta) <> 0 ORDER BY 1, 2, 3, 4
        ON CONFLICT (track_id, layer, bucket, at_s) DO UPDATE SET delta = v.delta + excluded.delta
    ), cells AS (
        INSERT INTO track_cells AS c
        SELECT track_id, start_ds, end_ds, user_id, sum(sign) FROM (
SELECT track_id, start_ds, end_ds, CASE WHEN start_ds - lag(start_ds) OVER near <= 40
    OR lead(start_ds) OVER near - start_ds <= 40 THEN user_id ELSE '' END AS user_id, sign
FROM stated
WHERE user_id IS NOT NULL AND NOT is_deleted AND (visibility <> 'private' OR counts_if_private)
WINDOW near AS (PARTITION BY sign, track_id, user_id ORDER BY start_ds)
) near
        GROUP BY 1, 2, 3, 4 HAVING sum(sign) <> 0 ORDER BY 1, 2, 3, 4
        ON CONFLICT (track_id, start_ds, end_ds, user_id)
        DO UPDATE SET marks = c.marks + excluded.marks
    )
    INSERT INTO track_totals AS t SELECT track_id, layer, sum(sign) FROM covered
    GROUP BY track_id, layer HAVING sum(sign) <> 0 ORDER BY 1, 2
    ON CONFLICT (track_id, layer) DO UPDATE SET users = t.users + excluded.users;
END $function$;

CREATE OR REPLACE FUNCTION public.marks_updated()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    PERFORM marks_sum(
        (SELECT array_agg(ROW(gone.*)::marks) FROM gone),
        (SELECT array_agg(ROW(come.*)::marks) FROM come));
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.moment_assets_words()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    UPDATE moments SET title = title
        WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.moment_id ELSE NEW.moment_id END;
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.moments_words()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    words text := left(concat_ws(' ', NEW.title, NEW.description,
        array_to_string(NEW.tags || NEW.topic_tags || NEW.key_emotions || NEW.emotion_tags, ' '),
        NEW.source_name, NEW.git_branch, NEW.git_commit_hash, NEW.git_commit_message,
        NEW.git_author), 200000)
        || coalesce(' ' || left((SELECT string_agg(s ->> 'text', ' ')
            FROM jsonb_array_elements(NEW.speakers) s), 400000), '')
        || coalesce(' ' || left((SELECT string_agg(a.metadata ->> 'text', ' ') FROM moment_assets a
            WHERE a.moment_id = NEW.id AND a.metadata ? 'text'), 200000), '');
BEGIN
    NEW.search := to_tsvector('simple', words);
    RETURN NEW;
EXCEPTION WHEN program_limit_exceeded THEN
    NEW.search := to_tsvector('simple', left(words, 50000));
    RETURN NEW;
END $function$;

CREATE OR REPLACE TRIGGER captures_follow AFTER UPDATE OF deleted_at ON public.moments FOR EACH ROW WHEN ((old.deleted_at IS DISTINCT FROM new.deleted_at)) EXECUTE FUNCTION captures_follow();

CREATE OR REPLACE TRIGGER marks_deleted AFTER DELETE ON public.marks REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION marks_deleted();

CREATE OR REPLACE TRIGGER marks_follow AFTER UPDATE ON public.moments FOR EACH ROW WHEN (((new.kind = 'mark'::text) AND ((old.deleted_at IS DISTINCT FROM new.deleted_at) OR (old.visibility IS DISTINCT FROM new.visibility) OR (old.start_s IS DISTINCT FROM new.start_s) OR (old.end_s IS DISTINCT FROM new.end_s)))) EXECUTE FUNCTION marks_follow();

CREATE OR REPLACE TRIGGER marks_inserted AFTER INSERT ON public.marks REFERENCING NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION marks_inserted();

CREATE OR REPLACE TRIGGER marks_updated AFTER UPDATE ON public.marks REFERENCING OLD TABLE AS gone NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION marks_updated();

CREATE OR REPLACE TRIGGER moment_assets_words_gone AFTER DELETE ON public.moment_assets FOR EACH ROW WHEN ((old.metadata ? 'text'::text)) EXECUTE FUNCTION moment_assets_words();

CREATE OR REPLACE TRIGGER moment_assets_words_in AFTER INSERT ON public.moment_assets FOR EACH ROW WHEN ((new.metadata ? 'text'::text)) EXECUTE FUNCTION moment_assets_words();

CREATE OR REPLACE TRIGGER moment_assets_words_new AFTER UPDATE OF metadata ON public.moment_assets FOR EACH ROW WHEN (((new.metadata -> 'text'::text) IS DISTINCT FROM (old.metadata -> 'text'::text))) EXECUTE FUNCTION moment_assets_words();

CREATE OR REPLACE TRIGGER moments_words BEFORE INSERT OR UPDATE OF title, description, tags, topic_tags, key_emotions, emotion_tags, source_name, git_branch, git_commit_hash, git_commit_message, git_author, speakers ON public.moments FOR EACH ROW EXECUTE FUNCTION moments_words();

INSERT INTO migration (name, app_name)
SELECT step, 'moments' FROM (VALUES
    ('20261121_0800_infra_first'),
    ('20261121_0805_infra_limits'),
    ('20261121_0810_accounts_first'),
    ('20261121_0820_moments_first'),
    ('20261121_0830_live_first'),
    ('20261121_0840_sharing_first'),
    ('20261121_0935_live_nodes'),
    ('20261128_0800_live_periodic'),
    ('20261128_0900_infra_audience'),
    ('20261128_1000_accounts_vms'),
    ('20261128_1010_moments_record'),
    ('20261128_1020_live_on_air'),
    ('20261128_1030_moments_slugs'),
    ('20261128_1130_moments_lists'),
    ('20261128_1200_marks_first'),
    ('20261128_1210_accounts_resets'),
    ('20261128_1210_marks_matching'),
    ('20261128_1300_accounts_notices'),
    ('20261128_1310_moments_pages'),
    ('20261128_1320_profiles_first'),
    ('20261128_1330_collections_first'),
    ('20261128_1455_personal_first'),
    ('20261128_1500_videos_first'),
    ('20261128_1520_marks_artists'),
    ('20261128_1530_marks_nudges'),
    ('20261128_1545_marks_names'),
    ('20261128_1600_videos_vertical'),
    ('20261128_1605_videos_captures'),
    ('20261128_2010_search_first'),
    ('20261128_2035_commits_first'),
    ('20261128_2050_discover_first'),
    ('20261128_2055_webhooks_first'),
    ('20261128_2100_moments_retention'),
    ('20261128_2110_commits_summary'),
    ('20261128_2112_accounts_pushes'),
    ('20261128_2112_chats_first'),
    ('20261128_2120_moments_imported'),
    ('20261128_2125_moments_arriving'),
    ('20261129_0025_webhooks_subjects'),
    ('20261129_0030_moments_restored'),
    ('20261129_0035_moments_pictured'),
    ('20261129_0045_moments_many_words'),
    ('20261129_0430_moments_streams'),
    ('20261129_0440_chats_deleted'),
    ('20261129_0510_search_kept'),
    ('20261129_0520_videos_loudness'),
    ('20261129_0530_search_graph'),
    ('20261129_0540_marks_cells'),
    ('20261129_0550_commits_since'),
    ('20261129_0600_marks_asked'),
    ('20261129_0610_moments_found'),
    ('20261129_0620_streams_listed'),
    ('20261129_0630_search_shared'),
    ('20261129_0640_streams_by_slug')
) AS steps (step)
WHERE NOT EXISTS (SELECT 1 FROM migration WHERE name = step);
