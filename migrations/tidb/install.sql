-- The whole schema for TiDB and MySQL, as a reference. `make schema` writes it.
-- Moments itself runs on PostgreSQL. Times are UTC; lists are JSON arrays kept as text.

CREATE TABLE IF NOT EXISTS `app_user` (
    `id` VARCHAR(255) NOT NULL,
    `email` VARCHAR(255) NOT NULL,
    `name` TEXT NOT NULL,
    `password_hash` TEXT NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    `updated_at` DATETIME(3) NOT NULL,
    `muted` TEXT NOT NULL COMMENT 'JSON array of muted',
    PRIMARY KEY (`id`),
    UNIQUE KEY `app_user_email` (`email`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A person with an account.';

CREATE TABLE IF NOT EXISTS `erasure` (
    `user_id` VARCHAR(255) NOT NULL,
    `organization_ids` TEXT NOT NULL COMMENT 'JSON array of organization ids',
    `created_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`user_id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'An account that was closed: its job deletes the rest, then this row.';

CREATE TABLE IF NOT EXISTS `event` (
    `id` BIGINT NOT NULL AUTO_INCREMENT,
    `organization_id` VARCHAR(255) NOT NULL,
    `kind` TEXT NOT NULL,
    `payload` JSON NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    `audience` TEXT COMMENT 'JSON array of user ids',
    PRIMARY KEY (`id`),
    KEY `event_age` (`created_at`),
    KEY `event_of_organization` (`organization_id`, `id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'An event of an organisation; within an organisation, ids commit in order.';

CREATE TABLE IF NOT EXISTS `idempotency` (
    `scope` VARCHAR(255) NOT NULL,
    `key` VARCHAR(255) NOT NULL,
    `body_hash` TEXT NOT NULL,
    `status` INT,
    `body` TEXT,
    `created_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`scope`, `key`),
    KEY `idempotency_by_created_at` (`created_at`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'An answered request and its result; the key is unique within its scope.';

CREATE TABLE IF NOT EXISTS `media_node` (
    `id` VARCHAR(255) NOT NULL,
    `control_url` TEXT NOT NULL,
    `public_url` TEXT NOT NULL,
    `media_url` TEXT,
    `name` TEXT NOT NULL,
    `rtmp_address` TEXT,
    `draining_at` DATETIME(3),
    `started_at` DATETIME(3) NOT NULL,
    `heartbeat_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A media node and its last heartbeat.';

CREATE TABLE IF NOT EXISTS `organization` (
    `id` VARCHAR(255) NOT NULL,
    `name` TEXT NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    `updated_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A group of people that owns streams and moments.';

CREATE TABLE IF NOT EXISTS `orphan` (
    `id` VARCHAR(255) NOT NULL,
    `kind` TEXT NOT NULL,
    `place` TEXT NOT NULL,
    `key` TEXT NOT NULL,
    `due_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`id`),
    KEY `orphan_due` (`due_at`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'Bytes outside the database without a row (yet, or any more): removed when due.';

CREATE TABLE IF NOT EXISTS `provider_state` (
    `provider` VARCHAR(255) NOT NULL,
    `failures` INT NOT NULL,
    `blocked_until` DATETIME(3),
    `day` DATETIME(3),
    `units` INT NOT NULL,
    PRIMARY KEY (`provider`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'How a provider does: its failures, until when it is left alone, today''s use of its quota.';

CREATE TABLE IF NOT EXISTS `rate_limit` (
    `id` VARCHAR(255) NOT NULL,
    `arrival_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`id`),
    KEY `rate_limit_by_arrival_at` (`arrival_at`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A caller''s next allowed request; a crash loses it, which costs a few counts.';

CREATE TABLE IF NOT EXISTS `schedule` (
    `name` VARCHAR(255) NOT NULL,
    `next_at` DATETIME(3) NOT NULL,
    `last_at` DATETIME(3),
    PRIMARY KEY (`name`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A periodic job''s next due time, shared by all workers.';

CREATE TABLE IF NOT EXISTS `track_cells` (
    `track_id` VARCHAR(255) NOT NULL,
    `start_ds` INT NOT NULL,
    `end_ds` INT NOT NULL,
    `user_id` VARCHAR(255) NOT NULL,
    `marks` INT NOT NULL,
    PRIMARY KEY (`track_id`, `start_ds`, `end_ds`, `user_id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'How many marks have the same two ends. Triggers keep it.';

CREATE TABLE IF NOT EXISTS `track_heat` (
    `track_id` VARCHAR(255) NOT NULL,
    `layer` INT NOT NULL,
    `at_ds` INT NOT NULL,
    `delta` INT NOT NULL,
    PRIMARY KEY (`track_id`, `layer`, `at_ds`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'Where users'' saves begin and end: a running sum is the heat map. Triggers keep it.';

CREATE TABLE IF NOT EXISTS `track_totals` (
    `track_id` VARCHAR(255) NOT NULL,
    `layer` INT NOT NULL,
    `users` INT NOT NULL,
    PRIMARY KEY (`track_id`, `layer`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'How many users saved a part of a track. Triggers keep it.';

CREATE TABLE IF NOT EXISTS `track_votes` (
    `track_id` VARCHAR(255) NOT NULL,
    `layer` INT NOT NULL,
    `bucket` INT NOT NULL,
    `at_s` INT NOT NULL,
    `delta` INT NOT NULL,
    PRIMARY KEY (`track_id`, `layer`, `bucket`, `at_s`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'The same by second and by a hash of the user, for the confidence. Triggers keep it.';

CREATE TABLE IF NOT EXISTS `api_token` (
    `id` VARCHAR(255) NOT NULL,
    `user_id` VARCHAR(255) NOT NULL,
    `name` TEXT NOT NULL,
    `prefix` TEXT NOT NULL,
    `token_hash` VARCHAR(255) NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    `last_used_at` DATETIME(3),
    `expires_at` DATETIME(3),
    `revoked_at` DATETIME(3),
    PRIMARY KEY (`id`),
    UNIQUE KEY `api_token_hash` (`token_hash`),
    CONSTRAINT `api_token_user_id_fkey` FOREIGN KEY (`user_id`) REFERENCES `app_user` (`id`) ON DELETE CASCADE,
    KEY `api_token_of_user` (`user_id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A personal API token.';

CREATE TABLE IF NOT EXISTS `artist_follow` (
    `user_id` VARCHAR(255) NOT NULL,
    `artist` VARCHAR(255) NOT NULL,
    `name` TEXT NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`user_id`, `artist`),
    CONSTRAINT `artist_follow_user_id_fkey` FOREIGN KEY (`user_id`) REFERENCES `app_user` (`id`) ON DELETE CASCADE
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'Who follows which artist, by the name as providers write it, and in lower case.';

CREATE TABLE IF NOT EXISTS `collection` (
    `id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255) NOT NULL,
    `created_by` VARCHAR(255),
    `title` TEXT NOT NULL,
    `description` TEXT NOT NULL,
    `visibility` TEXT NOT NULL,
    `slug` TEXT,
    `created_at` DATETIME(3) NOT NULL,
    `updated_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`id`),
    CONSTRAINT `collection_created_by_fkey` FOREIGN KEY (`created_by`) REFERENCES `app_user` (`id`) ON DELETE SET NULL,
    CONSTRAINT `collection_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    KEY `collection_of_organization` (`organization_id`, `updated_at` DESC),
    KEY `collection_of_person` (`created_by`),
    KEY `collection_public` (`updated_at` DESC)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'Moments in an order.';

CREATE TABLE IF NOT EXISTS `commit_settings` (
    `organization_id` VARCHAR(255) NOT NULL,
    `repository` VARCHAR(255) NOT NULL,
    `settings` JSON NOT NULL,
    `updated_by` VARCHAR(255),
    `updated_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`organization_id`, `repository`),
    CONSTRAINT `commit_settings_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    CONSTRAINT `commit_settings_updated_by_fkey` FOREIGN KEY (`updated_by`) REFERENCES `app_user` (`id`) ON DELETE SET NULL
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'How a repository''s pictures are compared.';

CREATE TABLE IF NOT EXISTS `follow` (
    `follower_id` VARCHAR(255) NOT NULL,
    `followed_id` VARCHAR(255) NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`follower_id`, `followed_id`),
    CONSTRAINT `follow_followed_id_fkey` FOREIGN KEY (`followed_id`) REFERENCES `app_user` (`id`) ON DELETE CASCADE,
    CONSTRAINT `follow_follower_id_fkey` FOREIGN KEY (`follower_id`) REFERENCES `app_user` (`id`) ON DELETE CASCADE,
    KEY `follow_of_followed` (`followed_id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'Who follows whom.';

CREATE TABLE IF NOT EXISTS `invitation` (
    `id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255) NOT NULL,
    `role` INT NOT NULL,
    `email` TEXT,
    `token_hash` VARCHAR(255) NOT NULL,
    `created_by` VARCHAR(255),
    `created_at` DATETIME(3) NOT NULL,
    `expires_at` DATETIME(3) NOT NULL,
    `used_at` DATETIME(3),
    `used_by` VARCHAR(255),
    `revoked_at` DATETIME(3),
    PRIMARY KEY (`id`),
    UNIQUE KEY `invitation_token` (`token_hash`),
    CONSTRAINT `invitation_created_by_fkey` FOREIGN KEY (`created_by`) REFERENCES `app_user` (`id`) ON DELETE SET NULL,
    CONSTRAINT `invitation_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    CONSTRAINT `invitation_used_by_fkey` FOREIGN KEY (`used_by`) REFERENCES `app_user` (`id`) ON DELETE SET NULL,
    KEY `invitation_of_organization` (`organization_id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'An invitation link to an organisation.';

CREATE TABLE IF NOT EXISTS `job` (
    `id` VARCHAR(255) NOT NULL,
    `name` VARCHAR(255) NOT NULL,
    `args` JSON NOT NULL,
    `key` VARCHAR(255),
    `state` TEXT NOT NULL,
    `attempts` INT NOT NULL DEFAULT 0,
    `max_attempts` INT NOT NULL,
    `run_at` DATETIME(3) NOT NULL,
    `leased_by` TEXT,
    `leased_until` DATETIME(3),
    `sent_at` DATETIME(3),
    `error` TEXT,
    `organization_id` VARCHAR(255),
    `moment_id` TEXT,
    `created_at` DATETIME(3) NOT NULL,
    `updated_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`id`),
    CONSTRAINT `job_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    KEY `job_due` (`run_at`),
    KEY `job_key` (`name`, `key`),
    KEY `job_leased` (`leased_until`),
    KEY `job_parked` (`updated_at` DESC)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A job to run at least once; the row is deleted when it is done.';

CREATE TABLE IF NOT EXISTS `kept_search` (
    `id` VARCHAR(255) NOT NULL,
    `user_id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255) NOT NULL,
    `text` VARCHAR(255) NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`id`),
    UNIQUE KEY `kept_search_once` (`user_id`, `organization_id`, `text`),
    CONSTRAINT `kept_search_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    CONSTRAINT `kept_search_user_id_fkey` FOREIGN KEY (`user_id`) REFERENCES `app_user` (`id`) ON DELETE CASCADE,
    KEY `kept_search_of_organization` (`organization_id`, `created_at`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'Words that a person is notified of.';

CREATE TABLE IF NOT EXISTS `login_session` (
    `id` VARCHAR(255) NOT NULL,
    `user_id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255),
    `token_hash` VARCHAR(255) NOT NULL,
    `ip` TEXT NOT NULL,
    `user_agent` TEXT NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    `last_seen_at` DATETIME(3) NOT NULL,
    `expires_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`id`),
    UNIQUE KEY `login_session_token` (`token_hash`),
    CONSTRAINT `login_session_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE SET NULL,
    CONSTRAINT `login_session_user_id_fkey` FOREIGN KEY (`user_id`) REFERENCES `app_user` (`id`) ON DELETE CASCADE,
    KEY `login_session_age` (`expires_at`),
    KEY `login_session_of_user` (`user_id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A signed-in browser.';

CREATE TABLE IF NOT EXISTS `membership` (
    `id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255) NOT NULL,
    `user_id` VARCHAR(255) NOT NULL,
    `role` INT NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`id`),
    UNIQUE KEY `membership_once` (`user_id`, `organization_id`),
    CONSTRAINT `membership_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    CONSTRAINT `membership_user_id_fkey` FOREIGN KEY (`user_id`) REFERENCES `app_user` (`id`) ON DELETE CASCADE,
    KEY `membership_of_organization` (`organization_id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A user''s membership of an organisation, with a role.';

CREATE TABLE IF NOT EXISTS `not_for_me` (
    `user_id` VARCHAR(255) NOT NULL,
    `subject` VARCHAR(255) NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`user_id`, `subject`),
    CONSTRAINT `not_for_me_user_id_fkey` FOREIGN KEY (`user_id`) REFERENCES `app_user` (`id`) ON DELETE CASCADE
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A moment or a track that a person does not want suggested.';

CREATE TABLE IF NOT EXISTS `notifications` (
    `id` VARCHAR(255) NOT NULL,
    `user_id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255),
    `kind` VARCHAR(255) NOT NULL,
    `about` VARCHAR(255) NOT NULL,
    `title` TEXT NOT NULL,
    `detail` TEXT NOT NULL,
    `href` TEXT NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    `read_at` DATETIME(3),
    PRIMARY KEY (`id`),
    CONSTRAINT `notifications_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    CONSTRAINT `notifications_user_id_fkey` FOREIGN KEY (`user_id`) REFERENCES `app_user` (`id`) ON DELETE CASCADE,
    KEY `notifications_newest` (`user_id`, `created_at` DESC, `id` DESC),
    KEY `notifications_unread` (`user_id`, `kind`, `about`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A notice to a user of something that happened.';

CREATE TABLE IF NOT EXISTS `password_reset` (
    `id` VARCHAR(255) NOT NULL,
    `user_id` VARCHAR(255) NOT NULL,
    `token_hash` VARCHAR(255) NOT NULL,
    `created_by` VARCHAR(255),
    `created_at` DATETIME(3) NOT NULL,
    `expires_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`id`),
    UNIQUE KEY `password_reset_token` (`token_hash`),
    UNIQUE KEY `password_reset_user` (`user_id`),
    CONSTRAINT `password_reset_created_by_fkey` FOREIGN KEY (`created_by`) REFERENCES `app_user` (`id`) ON DELETE SET NULL,
    CONSTRAINT `password_reset_user_id_fkey` FOREIGN KEY (`user_id`) REFERENCES `app_user` (`id`) ON DELETE CASCADE
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A link that sets a new password; a user has one at most.';

CREATE TABLE IF NOT EXISTS `picture_comparisons` (
    `organization_id` VARCHAR(255) NOT NULL,
    `before_sha256` VARCHAR(64) NOT NULL,
    `after_sha256` VARCHAR(64) NOT NULL,
    `settings_key` VARCHAR(255) NOT NULL,
    `result` JSON NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`organization_id`, `before_sha256`, `after_sha256`, `settings_key`),
    CONSTRAINT `picture_comparisons_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'What the visual diff said of two files, whatever moments they belong to.';

CREATE TABLE IF NOT EXISTS `profile` (
    `user_id` VARCHAR(255) NOT NULL,
    `handle` VARCHAR(255) NOT NULL,
    `bio` TEXT NOT NULL,
    `avatar` MEDIUMBLOB,
    `avatar_hash` TEXT,
    `created_at` DATETIME(3) NOT NULL,
    `updated_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`user_id`),
    UNIQUE KEY `profile_handle_once` (`handle`),
    CONSTRAINT `profile_user_id_fkey` FOREIGN KEY (`user_id`) REFERENCES `app_user` (`id`) ON DELETE CASCADE
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A person''s public page.';

CREATE TABLE IF NOT EXISTS `profile_handle` (
    `handle` VARCHAR(255) NOT NULL,
    `user_id` VARCHAR(255),
    `created_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`handle`),
    CONSTRAINT `profile_handle_user_id_fkey` FOREIGN KEY (`user_id`) REFERENCES `app_user` (`id`) ON DELETE SET NULL,
    KEY `profile_handle_of_user` (`user_id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A current or former handle; kept when the account is gone.';

CREATE TABLE IF NOT EXISTS `retention_rules` (
    `organization_id` VARCHAR(255) NOT NULL,
    `branch` VARCHAR(255) NOT NULL,
    `max_age_days` INT,
    `keep_newest` INT,
    `keep_tagged` TINYINT(1) NOT NULL,
    `updated_by` VARCHAR(255),
    `updated_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`organization_id`, `branch`),
    CONSTRAINT `retention_rules_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    CONSTRAINT `retention_rules_updated_by_fkey` FOREIGN KEY (`updated_by`) REFERENCES `app_user` (`id`) ON DELETE SET NULL,
    KEY `retention_rules_of_user` (`updated_by`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'When moments of a branch go to the bin by themselves.';

CREATE TABLE IF NOT EXISTS `share_link` (
    `id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255) NOT NULL,
    `subject_ids` TEXT NOT NULL COMMENT 'JSON array of subject ids',
    `moment_ids` TEXT NOT NULL COMMENT 'JSON array of moment ids',
    `token_hash` VARCHAR(255) NOT NULL,
    `password_hash` TEXT,
    `may_download` TINYINT(1) NOT NULL,
    `views` INT NOT NULL,
    `created_by` VARCHAR(255),
    `created_at` DATETIME(3) NOT NULL,
    `expires_at` DATETIME(3),
    `revoked_at` DATETIME(3),
    PRIMARY KEY (`id`),
    UNIQUE KEY `share_link_token` (`token_hash`),
    CONSTRAINT `share_link_created_by_fkey` FOREIGN KEY (`created_by`) REFERENCES `app_user` (`id`) ON DELETE SET NULL,
    CONSTRAINT `share_link_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A capability to see something without an account.';

CREATE TABLE IF NOT EXISTS `stream` (
    `id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255) NOT NULL,
    `name` TEXT NOT NULL,
    `slug` VARCHAR(255) NOT NULL,
    `kind` TEXT NOT NULL,
    `url` TEXT,
    `buffer_s` INT NOT NULL,
    `visibility` TEXT NOT NULL,
    `allow_capture` TINYINT(1) NOT NULL,
    `publish_key_version` INT NOT NULL,
    `node_id` VARCHAR(255),
    `created_by` VARCHAR(255),
    `created_at` DATETIME(3) NOT NULL,
    `updated_at` DATETIME(3) NOT NULL,
    `deleted_at` DATETIME(3),
    `on_air_at` DATETIME(3),
    PRIMARY KEY (`id`),
    CONSTRAINT `stream_created_by_fkey` FOREIGN KEY (`created_by`) REFERENCES `app_user` (`id`) ON DELETE SET NULL,
    CONSTRAINT `stream_node_id_fkey` FOREIGN KEY (`node_id`) REFERENCES `media_node` (`id`) ON DELETE SET NULL,
    CONSTRAINT `stream_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    KEY `stream_deleted` (`deleted_at`),
    KEY `stream_of_node` (`node_id`),
    KEY `stream_of_organization` (`organization_id`, `slug`),
    KEY `stream_private` (`organization_id`, `created_by`),
    KEY `stream_slug` (`slug`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A durable channel.';

CREATE TABLE IF NOT EXISTS `tracks` (
    `id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255),
    `title` TEXT NOT NULL,
    `artist` TEXT NOT NULL,
    `isrc` VARCHAR(255),
    `duration_ms` INT,
    `merged_into` VARCHAR(255),
    `created_at` DATETIME(3) NOT NULL,
    `updated_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`id`),
    CONSTRAINT `tracks_merged_into_fkey` FOREIGN KEY (`merged_into`) REFERENCES `tracks` (`id`) ON DELETE SET NULL,
    CONSTRAINT `tracks_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    KEY `tracks_merged` (`merged_into`),
    KEY `tracks_of_isrc` (`isrc`),
    KEY `tracks_of_organization` (`organization_id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A canonical recording; one of files or of our own media belongs to its organisation.';

CREATE TABLE IF NOT EXISTS `vms` (
    `id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255) NOT NULL,
    `name` VARCHAR(255) NOT NULL,
    `token_hash` VARCHAR(255) NOT NULL,
    `created_by` VARCHAR(255),
    `created_at` DATETIME(3) NOT NULL,
    `last_seen_at` DATETIME(3),
    `deleted_at` DATETIME(3),
    PRIMARY KEY (`id`),
    UNIQUE KEY `vms_token` (`token_hash`),
    CONSTRAINT `vms_created_by_fkey` FOREIGN KEY (`created_by`) REFERENCES `app_user` (`id`) ON DELETE SET NULL,
    CONSTRAINT `vms_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    KEY `vms_of_organization` (`organization_id`, `name`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A virtual machine that captures by itself.';

CREATE TABLE IF NOT EXISTS `webhooks` (
    `id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255) NOT NULL,
    `url` TEXT NOT NULL,
    `events` TEXT NOT NULL COMMENT 'JSON array of events',
    `secret_version` INT NOT NULL,
    `rotated_at` DATETIME(3),
    `is_enabled` TINYINT(1) NOT NULL,
    `disabled_reason` TEXT,
    `failing_since` DATETIME(3),
    `last_delivered_at` DATETIME(3),
    `created_by` VARCHAR(255),
    `created_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`id`),
    CONSTRAINT `webhooks_created_by_fkey` FOREIGN KEY (`created_by`) REFERENCES `app_user` (`id`) ON DELETE SET NULL,
    CONSTRAINT `webhooks_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    KEY `webhooks_of_organization` (`organization_id`),
    KEY `webhooks_of_user` (`created_by`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'An address of another service, and what it is sent.';

CREATE TABLE IF NOT EXISTS `collection_slug` (
    `slug` VARCHAR(255) NOT NULL,
    `collection_id` VARCHAR(255),
    `created_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`slug`),
    CONSTRAINT `collection_slug_collection_id_fkey` FOREIGN KEY (`collection_id`) REFERENCES `collection` (`id`) ON DELETE SET NULL,
    KEY `collection_slug_of_collection` (`collection_id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A current or former slug of a collection; kept when the collection is deleted.';

CREATE TABLE IF NOT EXISTS `moments` (
    `id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255) NOT NULL,
    `created_by` VARCHAR(255),
    `vm_id` VARCHAR(255),
    `created_by_vm` VARCHAR(255),
    `kind` VARCHAR(255) NOT NULL,
    `title` TEXT NOT NULL,
    `description` TEXT NOT NULL,
    `tags` TEXT NOT NULL COMMENT 'JSON array of tags',
    `metadata` JSON NOT NULL,
    `visibility` TEXT NOT NULL,
    `slug` VARCHAR(255),
    `source_id` VARCHAR(255),
    `source_name` TEXT,
    `stream_id` VARCHAR(255),
    `source` JSON,
    `start_s` INT,
    `end_s` INT,
    `git_branch` VARCHAR(255),
    `git_commit_hash` TEXT,
    `git_commit_message` TEXT,
    `git_author` TEXT,
    `git_author_email` TEXT,
    `git_commit_date` DATETIME(3),
    `git_diff` TEXT,
    `images` TEXT NOT NULL COMMENT 'JSON array of images',
    `speakers` TEXT NOT NULL COMMENT 'JSON array of speaker entries with text, identifier, timestamp, emotion',
    `key_emotions` TEXT NOT NULL COMMENT 'JSON array of key emotional context tags',
    `emotion_tags` TEXT NOT NULL COMMENT 'JSON array of emotion tags',
    `topic_tags` TEXT NOT NULL COMMENT 'JSON array of topic tags',
    `cover_id` TEXT,
    `shared_until` DATETIME(3),
    `joined_at` DATETIME(3),
    `created_at` DATETIME(3) NOT NULL,
    `updated_at` DATETIME(3) NOT NULL,
    `deleted_at` DATETIME(3),
    `restored_at` DATETIME(3),
    PRIMARY KEY (`id`),
    UNIQUE KEY `moments_slug` (`slug`),
    CONSTRAINT `moments_created_by_fkey` FOREIGN KEY (`created_by`) REFERENCES `app_user` (`id`) ON DELETE SET NULL,
    CONSTRAINT `moments_created_by_vm_fkey` FOREIGN KEY (`created_by_vm`) REFERENCES `vms` (`id`) ON DELETE SET NULL,
    CONSTRAINT `moments_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    CONSTRAINT `moments_vm_id_fkey` FOREIGN KEY (`vm_id`) REFERENCES `vms` (`id`) ON DELETE SET NULL,
    KEY `moments_bin` (`organization_id`, `created_at` DESC, `id` DESC),
    KEY `moments_deleted` (`deleted_at`),
    KEY `moments_joined` (`organization_id`, `joined_at`),
    KEY `moments_newest` (`organization_id`, `created_at` DESC, `id` DESC),
    KEY `moments_of_branch` (`organization_id`, `git_branch`, `created_at` DESC, `id` DESC),
    KEY `moments_of_kind` (`organization_id`, `kind`, `created_at` DESC, `id` DESC),
    KEY `moments_of_person` (`organization_id`, `created_by`, `created_at` DESC, `id` DESC),
    KEY `moments_of_source` (`source_id`, `created_at` DESC, `id` DESC),
    KEY `moments_of_stream_videos` (`stream_id`, `source_id`),
    KEY `moments_of_vm` (`vm_id`, `created_at` DESC, `id` DESC),
    KEY `moments_public` (`created_at` DESC, `id` DESC),
    KEY `moments_public_of_person` (`created_by`, `created_at` DESC, `id` DESC),
    KEY `moments_shared` (`organization_id`, `shared_until`),
    KEY `moments_streams_of_videos` (`source_id`, `stream_id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'One record per moment, whatever its source.';

CREATE TABLE IF NOT EXISTS `notice_delivery` (
    `notice_id` VARCHAR(255) NOT NULL,
    `channel` VARCHAR(255) NOT NULL,
    `target` VARCHAR(255) NOT NULL,
    `taken_until` DATETIME(3),
    PRIMARY KEY (`notice_id`, `channel`, `target`),
    CONSTRAINT `notice_delivery_notice_id_fkey` FOREIGN KEY (`notice_id`) REFERENCES `notifications` (`id`) ON DELETE CASCADE
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A notice that is still to be sent.';

CREATE TABLE IF NOT EXISTS `push_subscription` (
    `id` VARCHAR(255) NOT NULL,
    `user_id` VARCHAR(255) NOT NULL,
    `session_id` VARCHAR(255) NOT NULL,
    `endpoint` TEXT NOT NULL,
    `endpoint_hash` VARCHAR(255) NOT NULL,
    `p256dh` TEXT NOT NULL,
    `auth` TEXT NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`id`),
    UNIQUE KEY `push_subscription_endpoint_hash_key` (`endpoint_hash`),
    CONSTRAINT `push_subscription_session_id_fkey` FOREIGN KEY (`session_id`) REFERENCES `login_session` (`id`) ON DELETE CASCADE,
    CONSTRAINT `push_subscription_user_id_fkey` FOREIGN KEY (`user_id`) REFERENCES `app_user` (`id`) ON DELETE CASCADE,
    KEY `push_subscription_session` (`session_id`),
    KEY `push_subscription_user` (`user_id`, `created_at`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A browser that shows notices; it ends with its session.';

CREATE TABLE IF NOT EXISTS `rising_part` (
    `track_id` VARCHAR(255) NOT NULL,
    `start_s` INT NOT NULL,
    `end_s` INT NOT NULL,
    `score` DOUBLE NOT NULL,
    `people` INT NOT NULL,
    `gained` INT NOT NULL,
    `computed_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`track_id`),
    CONSTRAINT `rising_part_track_id_fkey` FOREIGN KEY (`track_id`) REFERENCES `tracks` (`id`) ON DELETE CASCADE,
    KEY `rising_part_score` (`score` DESC)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'The best part of a track that many people save now. A job keeps it.';

CREATE TABLE IF NOT EXISTS `track_sources` (
    `id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255),
    `track_id` VARCHAR(255) NOT NULL,
    `provider` TEXT NOT NULL,
    `provider_id` TEXT NOT NULL,
    `kind` TEXT NOT NULL,
    `url` TEXT NOT NULL,
    `title` TEXT NOT NULL,
    `artist` TEXT NOT NULL,
    `album` TEXT NOT NULL,
    `channel` TEXT NOT NULL,
    `isrc` VARCHAR(255),
    `duration_ms` INT,
    `reported_ms` INT,
    `thumbnail_url` TEXT,
    `restrictions` JSON NOT NULL,
    `offset_ds` INT NOT NULL,
    `confidence` DOUBLE,
    `decided_by` TEXT NOT NULL,
    `asked_at` DATETIME(3),
    `fetched_at` DATETIME(3),
    `keys` TEXT NOT NULL COMMENT 'JSON array of keys',
    `people_title` TEXT NOT NULL,
    `people_artist` TEXT NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    `updated_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`id`),
    CONSTRAINT `track_sources_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    CONSTRAINT `track_sources_track_id_fkey` FOREIGN KEY (`track_id`) REFERENCES `tracks` (`id`) ON DELETE CASCADE,
    KEY `track_sources_fetched` (`fetched_at`),
    KEY `track_sources_of_isrc` (`isrc`),
    KEY `track_sources_of_track` (`track_id`),
    KEY `track_sources_unasked` (`created_at`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A recording at a provider: its time plus the offset is the canonical time.';

CREATE TABLE IF NOT EXISTS `webhook_deliveries` (
    `id` VARCHAR(255) NOT NULL,
    `webhook_id` VARCHAR(255) NOT NULL,
    `event` TEXT NOT NULL,
    `payload` JSON NOT NULL,
    `status` TEXT NOT NULL,
    `attempts` INT NOT NULL,
    `next_at` DATETIME(3),
    `response_status` INT,
    `response_excerpt` TEXT,
    `duration_ms` INT,
    `created_at` DATETIME(3) NOT NULL,
    `attempted_at` DATETIME(3),
    PRIMARY KEY (`id`),
    CONSTRAINT `webhook_deliveries_webhook_id_fkey` FOREIGN KEY (`webhook_id`) REFERENCES `webhooks` (`id`) ON DELETE CASCADE,
    KEY `webhook_deliveries_age` (`created_at`),
    KEY `webhook_deliveries_due` (`webhook_id`, `next_at`),
    KEY `webhook_deliveries_of_webhook` (`webhook_id`, `id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A message to one webhook, and how its last attempt ended.';

CREATE TABLE IF NOT EXISTS `collection_item` (
    `collection_id` VARCHAR(255) NOT NULL,
    `moment_id` VARCHAR(255) NOT NULL,
    `position` INT NOT NULL,
    PRIMARY KEY (`collection_id`, `moment_id`),
    CONSTRAINT `collection_item_collection_id_fkey` FOREIGN KEY (`collection_id`) REFERENCES `collection` (`id`) ON DELETE CASCADE,
    CONSTRAINT `collection_item_moment_id_fkey` FOREIGN KEY (`moment_id`) REFERENCES `moments` (`id`) ON DELETE CASCADE,
    KEY `collection_item_of_moment` (`moment_id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A moment''s place in a collection.';

CREATE TABLE IF NOT EXISTS `commit_checks` (
    `moment_id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255) NOT NULL,
    `previous_id` VARCHAR(255),
    `previous_share` DOUBLE,
    `previous_summary` TEXT,
    `baseline_id` VARCHAR(255),
    `verdict` TEXT,
    `share` DOUBLE,
    `places` INT NOT NULL DEFAULT 0,
    `summary` TEXT NOT NULL,
    `error` TEXT,
    `checked_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`moment_id`),
    CONSTRAINT `commit_checks_baseline_id_fkey` FOREIGN KEY (`baseline_id`) REFERENCES `moments` (`id`) ON DELETE SET NULL,
    CONSTRAINT `commit_checks_moment_id_fkey` FOREIGN KEY (`moment_id`) REFERENCES `moments` (`id`) ON DELETE CASCADE,
    CONSTRAINT `commit_checks_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    CONSTRAINT `commit_checks_previous_id_fkey` FOREIGN KEY (`previous_id`) REFERENCES `moments` (`id`) ON DELETE SET NULL,
    KEY `commit_checks_of_baseline` (`baseline_id`),
    KEY `commit_checks_of_previous` (`previous_id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'What a commit''s capture changed: since the one before it, and against its baseline.';

CREATE TABLE IF NOT EXISTS `commit_decisions` (
    `id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255) NOT NULL,
    `moment_id` VARCHAR(255) NOT NULL,
    `verdict` TEXT NOT NULL,
    `variant_of` VARCHAR(255),
    `note` TEXT NOT NULL,
    `decided_by` VARCHAR(255),
    `decided_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`id`),
    CONSTRAINT `commit_decisions_decided_by_fkey` FOREIGN KEY (`decided_by`) REFERENCES `app_user` (`id`) ON DELETE SET NULL,
    CONSTRAINT `commit_decisions_moment_id_fkey` FOREIGN KEY (`moment_id`) REFERENCES `moments` (`id`) ON DELETE CASCADE,
    CONSTRAINT `commit_decisions_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    CONSTRAINT `commit_decisions_variant_of_fkey` FOREIGN KEY (`variant_of`) REFERENCES `moments` (`id`) ON DELETE CASCADE,
    KEY `commit_decisions_of_baseline` (`variant_of`),
    KEY `commit_decisions_of_moment` (`moment_id`, `id` DESC),
    KEY `commit_decisions_of_user` (`decided_by`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'Who approved or rejected a capture, and when; the newest of a moment holds.';

CREATE TABLE IF NOT EXISTS `ignored_changes` (
    `id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255) NOT NULL,
    `repository` VARCHAR(255) NOT NULL,
    `name` VARCHAR(255) NOT NULL,
    `mask` VARCHAR(255) NOT NULL,
    `moment_id` VARCHAR(255),
    `ignored_by` VARCHAR(255),
    `ignored_at` DATETIME(3) NOT NULL,
    `undone_by` VARCHAR(255),
    `undone_at` DATETIME(3),
    PRIMARY KEY (`id`),
    CONSTRAINT `ignored_changes_ignored_by_fkey` FOREIGN KEY (`ignored_by`) REFERENCES `app_user` (`id`) ON DELETE SET NULL,
    CONSTRAINT `ignored_changes_moment_id_fkey` FOREIGN KEY (`moment_id`) REFERENCES `moments` (`id`) ON DELETE SET NULL,
    CONSTRAINT `ignored_changes_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    CONSTRAINT `ignored_changes_undone_by_fkey` FOREIGN KEY (`undone_by`) REFERENCES `app_user` (`id`) ON DELETE SET NULL,
    KEY `ignored_changes_of_moment` (`moment_id`),
    KEY `ignored_changes_of_user` (`ignored_by`),
    KEY `ignored_changes_once` (`organization_id`(192), `repository`(192), `name`(192), `mask`(192))
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A change of one picture that somebody chose to ignore, known by its mask.';

CREATE TABLE IF NOT EXISTS `imported_moments` (
    `moment_id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255) NOT NULL,
    `origin` VARCHAR(255) NOT NULL,
    `original_id` VARCHAR(255) NOT NULL,
    `is_complete` TINYINT(1) NOT NULL DEFAULT false,
    PRIMARY KEY (`moment_id`),
    UNIQUE KEY `imported_moments_once` (`organization_id`, `origin`, `original_id`),
    CONSTRAINT `imported_moments_moment_id_fkey` FOREIGN KEY (`moment_id`) REFERENCES `moments` (`id`) ON DELETE CASCADE,
    CONSTRAINT `imported_moments_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A moment that came out of an archive, known by where it was made.';

CREATE TABLE IF NOT EXISTS `kept_search_hit` (
    `search_id` VARCHAR(255) NOT NULL,
    `moment_id` VARCHAR(255) NOT NULL,
    `found_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`search_id`, `moment_id`),
    CONSTRAINT `kept_search_hit_moment_id_fkey` FOREIGN KEY (`moment_id`) REFERENCES `moments` (`id`) ON DELETE CASCADE,
    CONSTRAINT `kept_search_hit_search_id_fkey` FOREIGN KEY (`search_id`) REFERENCES `kept_search` (`id`) ON DELETE CASCADE,
    KEY `kept_search_hit_of_moment` (`moment_id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A moment of which a search''s person was told.';

CREATE TABLE IF NOT EXISTS `mark_nudge` (
    `id` VARCHAR(255) NOT NULL,
    `moment_id` VARCHAR(255) NOT NULL,
    `user_id` VARCHAR(255) NOT NULL,
    `start_ds` INT NOT NULL,
    `end_ds` INT NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`id`),
    UNIQUE KEY `mark_nudge_once` (`moment_id`, `user_id`),
    CONSTRAINT `mark_nudge_moment_id_fkey` FOREIGN KEY (`moment_id`) REFERENCES `moments` (`id`) ON DELETE CASCADE,
    CONSTRAINT `mark_nudge_user_id_fkey` FOREIGN KEY (`user_id`) REFERENCES `app_user` (`id`) ON DELETE CASCADE,
    KEY `mark_nudge_of_user` (`user_id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'Other times that somebody suggests for a mark, on its source''s own time.';

CREATE TABLE IF NOT EXISTS `marks` (
    `moment_id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255) NOT NULL,
    `track_id` VARCHAR(255) NOT NULL,
    `source_id` VARCHAR(255) NOT NULL,
    `user_id` VARCHAR(255),
    `start_ds` INT NOT NULL,
    `end_ds` INT NOT NULL,
    `seen_duration_ms` INT,
    `visibility` TEXT NOT NULL,
    `counts_if_private` TINYINT(1) NOT NULL,
    `is_deleted` TINYINT(1) NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`moment_id`),
    CONSTRAINT `marks_moment_id_fkey` FOREIGN KEY (`moment_id`) REFERENCES `moments` (`id`) ON DELETE CASCADE,
    CONSTRAINT `marks_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    CONSTRAINT `marks_source_id_fkey` FOREIGN KEY (`source_id`) REFERENCES `track_sources` (`id`) ON DELETE CASCADE,
    CONSTRAINT `marks_track_id_fkey` FOREIGN KEY (`track_id`) REFERENCES `tracks` (`id`) ON DELETE CASCADE,
    CONSTRAINT `marks_user_id_fkey` FOREIGN KEY (`user_id`) REFERENCES `app_user` (`id`) ON DELETE SET NULL,
    KEY `marks_by_ends` (`track_id`, `start_ds`, `end_ds`),
    KEY `marks_of_organization` (`organization_id`),
    KEY `marks_of_source` (`source_id`),
    KEY `marks_of_track_in_organization` (`track_id`, `organization_id`),
    KEY `marks_of_user` (`user_id`, `track_id`),
    KEY `marks_public_new` (`created_at`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A moment''s part of a track, in tenths of a second on the canonical timeline.';

CREATE TABLE IF NOT EXISTS `match_candidates` (
    `source_id` VARCHAR(255) NOT NULL,
    `track_id` VARCHAR(255) NOT NULL,
    `confidence` DOUBLE NOT NULL,
    `reason` TEXT NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`source_id`, `track_id`),
    CONSTRAINT `match_candidates_source_id_fkey` FOREIGN KEY (`source_id`) REFERENCES `track_sources` (`id`) ON DELETE CASCADE,
    CONSTRAINT `match_candidates_track_id_fkey` FOREIGN KEY (`track_id`) REFERENCES `tracks` (`id`) ON DELETE CASCADE,
    KEY `match_candidates_of_track` (`track_id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A source that may be another one of a track: people are asked.';

CREATE TABLE IF NOT EXISTS `match_votes` (
    `source_id` VARCHAR(255) NOT NULL,
    `user_id` VARCHAR(255) NOT NULL,
    `track_id` VARCHAR(255) NOT NULL,
    `is_same` TINYINT(1) NOT NULL,
    `offset_ds` INT NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`source_id`, `user_id`),
    CONSTRAINT `match_votes_source_id_fkey` FOREIGN KEY (`source_id`) REFERENCES `track_sources` (`id`) ON DELETE CASCADE,
    CONSTRAINT `match_votes_track_id_fkey` FOREIGN KEY (`track_id`) REFERENCES `tracks` (`id`) ON DELETE CASCADE,
    CONSTRAINT `match_votes_user_id_fkey` FOREIGN KEY (`user_id`) REFERENCES `app_user` (`id`) ON DELETE CASCADE,
    KEY `match_votes_of_track` (`track_id`),
    KEY `match_votes_of_user` (`user_id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'What a person says: a source is, or is not, one of a track, so much shifted.';

CREATE TABLE IF NOT EXISTS `moment_assets` (
    `id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255) NOT NULL,
    `moment_id` VARCHAR(255) NOT NULL,
    `purpose` TEXT NOT NULL,
    `asset_type` TEXT NOT NULL,
    `file_name` TEXT NOT NULL,
    `mime_type` TEXT NOT NULL,
    `file_size_bytes` BIGINT NOT NULL,
    `gcs_bucket` VARCHAR(255) NOT NULL,
    `gcs_path` VARCHAR(255) NOT NULL,
    `generation` TEXT,
    `sha256` TEXT,
    `metadata` JSON NOT NULL,
    `processing_status` TEXT NOT NULL,
    `processing_error` TEXT,
    `processing_attempts` INT NOT NULL DEFAULT 0,
    `preview_id` TEXT,
    `upload_method` TEXT NOT NULL,
    `uploaded_by` VARCHAR(255),
    `uploaded_by_vm` VARCHAR(255),
    `created_at` DATETIME(3) NOT NULL,
    `updated_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`id`),
    UNIQUE KEY `moment_assets_object` (`gcs_bucket`, `gcs_path`),
    CONSTRAINT `moment_assets_moment_id_fkey` FOREIGN KEY (`moment_id`) REFERENCES `moments` (`id`) ON DELETE CASCADE,
    CONSTRAINT `moment_assets_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    CONSTRAINT `moment_assets_uploaded_by_fkey` FOREIGN KEY (`uploaded_by`) REFERENCES `app_user` (`id`) ON DELETE SET NULL,
    CONSTRAINT `moment_assets_uploaded_by_vm_fkey` FOREIGN KEY (`uploaded_by_vm`) REFERENCES `vms` (`id`) ON DELETE SET NULL,
    KEY `moment_assets_of_moment` (`moment_id`),
    KEY `moment_assets_pending` (`uploaded_by`),
    KEY `moment_assets_processing` (`uploaded_by`),
    KEY `moment_assets_unarrived` (`created_at`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A stored file of a moment, or an upload in progress.';

CREATE TABLE IF NOT EXISTS `moment_like` (
    `moment_id` VARCHAR(255) NOT NULL,
    `user_id` VARCHAR(255) NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`moment_id`, `user_id`),
    CONSTRAINT `moment_like_moment_id_fkey` FOREIGN KEY (`moment_id`) REFERENCES `moments` (`id`) ON DELETE CASCADE,
    CONSTRAINT `moment_like_user_id_fkey` FOREIGN KEY (`user_id`) REFERENCES `app_user` (`id`) ON DELETE CASCADE,
    KEY `moment_like_of_user` (`user_id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'Who likes which moment.';

CREATE TABLE IF NOT EXISTS `moment_report` (
    `id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255) NOT NULL,
    `moment_id` VARCHAR(255) NOT NULL,
    `reason` TEXT NOT NULL,
    `details` TEXT NOT NULL,
    `reporter` VARCHAR(255) NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    `resolved_at` DATETIME(3),
    `resolved_by` VARCHAR(255),
    PRIMARY KEY (`id`),
    UNIQUE KEY `moment_report_once` (`moment_id`, `reporter`),
    CONSTRAINT `moment_report_moment_id_fkey` FOREIGN KEY (`moment_id`) REFERENCES `moments` (`id`) ON DELETE CASCADE,
    CONSTRAINT `moment_report_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    CONSTRAINT `moment_report_resolved_by_fkey` FOREIGN KEY (`resolved_by`) REFERENCES `app_user` (`id`) ON DELETE SET NULL,
    KEY `moment_report_open` (`organization_id`, `created_at`),
    KEY `moment_report_resolved_by` (`resolved_by`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A report of abuse to the moment''s organisation; the reporter is a hash.';

CREATE TABLE IF NOT EXISTS `moment_slug` (
    `slug` VARCHAR(255) NOT NULL,
    `moment_id` VARCHAR(255),
    `created_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`slug`),
    CONSTRAINT `moment_slug_moment_id_fkey` FOREIGN KEY (`moment_id`) REFERENCES `moments` (`id`) ON DELETE SET NULL,
    KEY `moment_slug_of_moment` (`moment_id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A current or former slug of a moment; kept when the moment is purged.';

CREATE TABLE IF NOT EXISTS `sessions` (
    `id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255) NOT NULL,
    `created_by` VARCHAR(255),
    `moment_id` VARCHAR(255),
    `title` TEXT NOT NULL,
    `visibility` TEXT NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    `updated_at` DATETIME(3) NOT NULL,
    `deleted_at` DATETIME(3),
    PRIMARY KEY (`id`),
    CONSTRAINT `sessions_created_by_fkey` FOREIGN KEY (`created_by`) REFERENCES `app_user` (`id`) ON DELETE SET NULL,
    CONSTRAINT `sessions_moment_id_fkey` FOREIGN KEY (`moment_id`) REFERENCES `moments` (`id`) ON DELETE CASCADE,
    CONSTRAINT `sessions_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    KEY `idx_sessions_moment_id` (`moment_id`),
    KEY `sessions_of_organization` (`organization_id`, `updated_at` DESC),
    KEY `sessions_of_person` (`created_by`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A chat, which may be about a moment.';

CREATE TABLE IF NOT EXISTS `source_name` (
    `source_id` VARCHAR(255) NOT NULL,
    `user_id` VARCHAR(255) NOT NULL,
    `title` TEXT NOT NULL,
    `artist` TEXT NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`source_id`, `user_id`),
    CONSTRAINT `source_name_source_id_fkey` FOREIGN KEY (`source_id`) REFERENCES `track_sources` (`id`) ON DELETE CASCADE,
    CONSTRAINT `source_name_user_id_fkey` FOREIGN KEY (`user_id`) REFERENCES `app_user` (`id`) ON DELETE CASCADE,
    KEY `source_name_of_user` (`user_id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'What a person calls a source.';

CREATE TABLE IF NOT EXISTS `captures` (
    `id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255) NOT NULL,
    `moment_id` VARCHAR(255) NOT NULL,
    `kind` TEXT NOT NULL,
    `stream_id` VARCHAR(255),
    `stream_name` TEXT,
    `stream_slug` TEXT,
    `status` TEXT NOT NULL,
    `error` TEXT,
    `requested_start` DATETIME(3) NOT NULL,
    `requested_end` DATETIME(3) NOT NULL,
    `start_at` DATETIME(3) NOT NULL,
    `end_at` DATETIME(3) NOT NULL,
    `duration_ms` INT NOT NULL,
    `width` INT,
    `height` INT,
    `has_audio` TINYINT(1),
    `asset_id` VARCHAR(255),
    `preview_id` VARCHAR(255),
    `node_id` VARCHAR(255),
    `node_missed_at` DATETIME(3),
    `parent_id` VARCHAR(255),
    `trim_start_ms` INT,
    `trim_end_ms` INT,
    `created_by` VARCHAR(255),
    `created_at` DATETIME(3) NOT NULL,
    `updated_at` DATETIME(3) NOT NULL,
    `removed_at` DATETIME(3),
    `moment_deleted_at` DATETIME(3),
    PRIMARY KEY (`id`),
    CONSTRAINT `captures_asset_id_fkey` FOREIGN KEY (`asset_id`) REFERENCES `moment_assets` (`id`),
    CONSTRAINT `captures_created_by_fkey` FOREIGN KEY (`created_by`) REFERENCES `app_user` (`id`) ON DELETE SET NULL,
    CONSTRAINT `captures_moment_id_fkey` FOREIGN KEY (`moment_id`) REFERENCES `moments` (`id`) ON DELETE CASCADE,
    CONSTRAINT `captures_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    CONSTRAINT `captures_preview_id_fkey` FOREIGN KEY (`preview_id`) REFERENCES `moment_assets` (`id`),
    CONSTRAINT `captures_stream_id_fkey` FOREIGN KEY (`stream_id`) REFERENCES `stream` (`id`) ON DELETE SET NULL,
    KEY `captures_bin` (`organization_id`, `created_at` DESC, `id` DESC),
    KEY `captures_node_missed` (`node_id`),
    KEY `captures_not_ready` (`organization_id`, `created_at` DESC, `id` DESC),
    KEY `captures_of_asset` (`asset_id`),
    KEY `captures_of_moment` (`moment_id`),
    KEY `captures_of_organization` (`organization_id`, `created_at` DESC, `id` DESC, `start_at`),
    KEY `captures_of_parent` (`parent_id`),
    KEY `captures_of_person` (`organization_id`, `created_by`, `created_at` DESC, `id` DESC),
    KEY `captures_of_preview` (`preview_id`),
    KEY `captures_of_stream` (`stream_id`, `created_at` DESC, `id` DESC, `start_at`),
    KEY `captures_removed` (`removed_at`),
    KEY `captures_unfinished` (`created_at`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'The media facts of a moment that was captured from a stream.';

CREATE TABLE IF NOT EXISTS `messages` (
    `id` VARCHAR(255) NOT NULL,
    `session_id` VARCHAR(255) NOT NULL,
    `moment_id` VARCHAR(255),
    `role` TEXT NOT NULL,
    `content` TEXT NOT NULL,
    `citations` JSON NOT NULL,
    `state` TEXT NOT NULL,
    `error` TEXT,
    `given` JSON,
    `created_by` VARCHAR(255),
    `is_program` TINYINT(1) NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`id`),
    CONSTRAINT `messages_created_by_fkey` FOREIGN KEY (`created_by`) REFERENCES `app_user` (`id`) ON DELETE SET NULL,
    CONSTRAINT `messages_moment_id_fkey` FOREIGN KEY (`moment_id`) REFERENCES `moments` (`id`) ON DELETE CASCADE,
    CONSTRAINT `messages_session_id_fkey` FOREIGN KEY (`session_id`) REFERENCES `sessions` (`id`) ON DELETE CASCADE,
    KEY `messages_of_moment` (`moment_id`),
    KEY `messages_of_person` (`created_by`),
    KEY `messages_of_session` (`session_id`, `id`),
    KEY `messages_writing` (`session_id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A message; it keeps the moment that it was written about.';

CREATE TABLE IF NOT EXISTS `videos` (
    `id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255) NOT NULL,
    `moment_id` VARCHAR(255) NOT NULL,
    `owns_moment` TINYINT(1) NOT NULL,
    `source` TEXT NOT NULL,
    `url` TEXT,
    `asset_id` VARCHAR(255),
    `audio_id` VARCHAR(255),
    `voices_id` VARCHAR(255),
    `status` TEXT NOT NULL,
    `run` INT NOT NULL,
    `prompt` TEXT NOT NULL,
    `speaker_count` INT,
    `duration_ms` INT,
    `width` INT,
    `height` INT,
    `has_audio` TINYINT(1),
    `loudness` MEDIUMBLOB,
    `created_by` VARCHAR(255),
    `created_at` DATETIME(3) NOT NULL,
    `updated_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`id`),
    CONSTRAINT `videos_asset_id_fkey` FOREIGN KEY (`asset_id`) REFERENCES `moment_assets` (`id`) ON DELETE SET NULL,
    CONSTRAINT `videos_audio_id_fkey` FOREIGN KEY (`audio_id`) REFERENCES `moment_assets` (`id`) ON DELETE SET NULL,
    CONSTRAINT `videos_created_by_fkey` FOREIGN KEY (`created_by`) REFERENCES `app_user` (`id`) ON DELETE SET NULL,
    CONSTRAINT `videos_moment_id_fkey` FOREIGN KEY (`moment_id`) REFERENCES `moments` (`id`) ON DELETE CASCADE,
    CONSTRAINT `videos_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    CONSTRAINT `videos_voices_id_fkey` FOREIGN KEY (`voices_id`) REFERENCES `moment_assets` (`id`) ON DELETE SET NULL,
    KEY `videos_of_asset` (`asset_id`),
    KEY `videos_of_audio` (`audio_id`),
    UNIQUE KEY `videos_of_moment` (`moment_id`),
    KEY `videos_of_organization` (`organization_id`, `created_at` DESC, `id` DESC),
    KEY `videos_of_person` (`created_by`),
    KEY `videos_of_voices` (`voices_id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A video and its place in the pipeline; its title and rights are its moment''s.';

CREATE TABLE IF NOT EXISTS `passages` (
    `id` BIGINT NOT NULL AUTO_INCREMENT,
    `organization_id` VARCHAR(255) NOT NULL,
    `kind` VARCHAR(255) NOT NULL,
    `source_id` VARCHAR(255) NOT NULL,
    `number` INT NOT NULL,
    `moment_id` VARCHAR(255),
    `video_id` VARCHAR(255),
    `session_id` VARCHAR(255),
    `start_s` DOUBLE,
    `author` TEXT NOT NULL,
    `emotion` TEXT,
    `text` TEXT NOT NULL,
    `more` TEXT NOT NULL,
    `model` VARCHAR(255),
    `created_at` DATETIME(3) NOT NULL,
    `is_shared` TINYINT(1) NOT NULL DEFAULT true,
    PRIMARY KEY (`id`),
    UNIQUE KEY `passages_of_source` (`source_id`, `number`),
    CONSTRAINT `passages_moment_id_fkey` FOREIGN KEY (`moment_id`) REFERENCES `moments` (`id`) ON DELETE CASCADE,
    CONSTRAINT `passages_of_chat` FOREIGN KEY (`session_id`) REFERENCES `sessions` (`id`) ON DELETE CASCADE,
    CONSTRAINT `passages_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    CONSTRAINT `passages_video_id_fkey` FOREIGN KEY (`video_id`) REFERENCES `videos` (`id`) ON DELETE CASCADE,
    KEY `passages_due` (`id`),
    KEY `passages_model` (`model`),
    KEY `passages_not_shared` (`organization_id`),
    KEY `passages_of_moment` (`moment_id`),
    KEY `passages_of_organization` (`organization_id`, `kind`),
    KEY `passages_of_session` (`session_id`),
    KEY `passages_of_video` (`video_id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A piece of text that search finds; who may see it is decided by what it comes from.';

CREATE TABLE IF NOT EXISTS `transcripts` (
    `video_id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255) NOT NULL,
    `language` TEXT,
    `certainty` DOUBLE,
    `source` TEXT NOT NULL,
    `reason` TEXT,
    `speakers` JSON NOT NULL,
    `updated_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`video_id`),
    CONSTRAINT `transcripts_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    CONSTRAINT `transcripts_video_id_fkey` FOREIGN KEY (`video_id`) REFERENCES `videos` (`id`) ON DELETE CASCADE,
    KEY `transcripts_of_organization` (`organization_id`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'What is said in a video, and how that is known.';

CREATE TABLE IF NOT EXISTS `video_moments` (
    `moment_id` VARCHAR(255) NOT NULL,
    `video_id` VARCHAR(255) NOT NULL,
    `organization_id` VARCHAR(255) NOT NULL,
    `start_ms` INT NOT NULL,
    `end_ms` INT NOT NULL,
    `score` DOUBLE,
    `reasons` JSON NOT NULL,
    `origin` TEXT NOT NULL,
    `is_edited` TINYINT(1) NOT NULL,
    `clip_status` TEXT NOT NULL,
    `clip_error` TEXT,
    `clip_attempts` INT NOT NULL,
    `asset_id` VARCHAR(255),
    `vertical_id` VARCHAR(255),
    `vertical_status` TEXT,
    `vertical_error` TEXT,
    `vertical_crop` DOUBLE,
    `vertical_captions` TINYINT(1) NOT NULL DEFAULT true,
    PRIMARY KEY (`moment_id`),
    CONSTRAINT `video_moments_asset_id_fkey` FOREIGN KEY (`asset_id`) REFERENCES `moment_assets` (`id`) ON DELETE SET NULL,
    CONSTRAINT `video_moments_moment_id_fkey` FOREIGN KEY (`moment_id`) REFERENCES `moments` (`id`) ON DELETE CASCADE,
    CONSTRAINT `video_moments_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    CONSTRAINT `video_moments_vertical_id_fkey` FOREIGN KEY (`vertical_id`) REFERENCES `moment_assets` (`id`) ON DELETE SET NULL,
    CONSTRAINT `video_moments_video_id_fkey` FOREIGN KEY (`video_id`) REFERENCES `videos` (`id`) ON DELETE CASCADE,
    KEY `video_moments_exports` (`organization_id`),
    KEY `video_moments_of_asset` (`asset_id`),
    KEY `video_moments_of_organization` (`organization_id`),
    KEY `video_moments_of_vertical` (`vertical_id`),
    KEY `video_moments_of_video` (`video_id`, `start_ms`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'A part of a video that is a moment, why it was chosen, and its clip.';

CREATE TABLE IF NOT EXISTS `video_stages` (
    `video_id` VARCHAR(255) NOT NULL,
    `position` INT NOT NULL,
    `organization_id` VARCHAR(255) NOT NULL,
    `name` TEXT NOT NULL,
    `status` TEXT NOT NULL,
    `progress` DOUBLE NOT NULL,
    `attempts` INT NOT NULL,
    `is_active` TINYINT(1) NOT NULL,
    `error` TEXT,
    `note` TEXT,
    `due_at` DATETIME(3),
    `sent_at` DATETIME(3),
    `started_at` DATETIME(3),
    `ended_at` DATETIME(3),
    PRIMARY KEY (`video_id`, `position`),
    CONSTRAINT `video_stages_organization_id_fkey` FOREIGN KEY (`organization_id`) REFERENCES `organization` (`id`) ON DELETE CASCADE,
    CONSTRAINT `video_stages_video_id_fkey` FOREIGN KEY (`video_id`) REFERENCES `videos` (`id`) ON DELETE CASCADE,
    KEY `video_stages_active` (`organization_id`),
    KEY `video_stages_queued` (`due_at`),
    KEY `video_stages_sent` (`organization_id`, `sent_at` DESC)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'One stage of a video''s pipeline.';

CREATE TABLE IF NOT EXISTS `transcript_lines` (
    `video_id` VARCHAR(255) NOT NULL,
    `number` INT NOT NULL,
    `start_ms` INT NOT NULL,
    `end_ms` INT NOT NULL,
    `speaker` INT,
    `text` TEXT NOT NULL,
    `emotion` TEXT,
    `confidence` DOUBLE,
    `words` JSON NOT NULL,
    `is_edited` TINYINT(1) NOT NULL,
    PRIMARY KEY (`video_id`, `number`),
    CONSTRAINT `transcript_lines_video_id_fkey` FOREIGN KEY (`video_id`) REFERENCES `transcripts` (`video_id`) ON DELETE CASCADE
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'One line of a transcript.';
