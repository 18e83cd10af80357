-- Codes that were mailed: who shows one has read the mail of its account. Of each purpose, an account has one.

-- +goose Up
CREATE TABLE mail_codes (
    user_id    TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    purpose    TEXT    NOT NULL,
    hash       TEXT    NOT NULL UNIQUE,
    email      TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, purpose)
);
