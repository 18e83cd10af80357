-- Devices that wait to be signed in (RFC 8628). What is shown to people, and what the device holds, is stored as hashes.

-- +goose Up
CREATE TABLE devices (
    hash       TEXT    NOT NULL PRIMARY KEY,
    user_code  TEXT    NOT NULL UNIQUE,
    client_id  TEXT    NOT NULL,
    document   TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    polled_at  INTEGER NOT NULL,
    pace       INTEGER NOT NULL,
    status     TEXT    NOT NULL,
    parent     TEXT    NOT NULL,
    approval   TEXT    NOT NULL,
    session_id TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX devices_expiry ON devices (expires_at);
CREATE INDEX devices_parent ON devices (parent) WHERE status = 'allowed';
