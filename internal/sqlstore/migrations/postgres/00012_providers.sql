-- Accounts of people who come from another OpenID provider, and what that calls their sessions.

-- +goose Up
CREATE TABLE provider_links (
    issuer    TEXT    NOT NULL,
    subject   TEXT    NOT NULL,
    user_id   TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    linked_at BIGINT  NOT NULL,
    PRIMARY KEY (issuer, subject)
);

CREATE INDEX provider_links_user ON provider_links (user_id);

CREATE TABLE provider_sessions (
    session_id TEXT NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    issuer     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    sid        TEXT NOT NULL,
    id_token   TEXT NOT NULL
);

CREATE INDEX provider_sessions_subject ON provider_sessions (issuer, subject);
CREATE INDEX provider_sessions_sid ON provider_sessions (issuer, sid) WHERE sid <> '';
