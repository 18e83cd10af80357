-- What a provider is asked by whether somebody may still come in, and when it is to be asked next; 0 for never.

-- +goose Up
ALTER TABLE provider_sessions ADD COLUMN refresh BYTEA;
ALTER TABLE provider_sessions ADD COLUMN due_at BIGINT NOT NULL DEFAULT 0;

CREATE INDEX provider_sessions_due ON provider_sessions (issuer, due_at) WHERE due_at > 0;
