-- Times are unix microseconds, 0 for none. Lists are JSON. Booleans are 0 or 1.
-- The *_key columns hold canonical forms; they are what is compared, searched and sorted.
-- Canonical usernames sort by code point, as in SQLite, whatever the locale of the database.

-- +goose Up

CREATE TABLE users (
    id                  TEXT    NOT NULL PRIMARY KEY,
    username            TEXT    NOT NULL,
    username_key        TEXT    NOT NULL COLLATE "C",
    email               TEXT    NOT NULL,
    email_key           TEXT    NOT NULL,
    name                TEXT    NOT NULL,
    name_key            TEXT    NOT NULL,
    roles               TEXT    NOT NULL,
    disabled            BIGINT  NOT NULL,
    password            TEXT    NOT NULL,
    created_at          BIGINT  NOT NULL,
    changed_at          BIGINT  NOT NULL,
    password_changed_at BIGINT  NOT NULL
);

CREATE UNIQUE INDEX users_username ON users (username_key);
CREATE UNIQUE INDEX users_email ON users (email_key) WHERE email_key <> '';

-- One row a session. No index holds a column that a rotation moves, so that a rotation writes this row and nothing else.
CREATE TABLE sessions (
    id           TEXT    NOT NULL PRIMARY KEY,
    user_id      TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id    TEXT    NOT NULL,
    keep         TEXT    NOT NULL,
    confirms     BIGINT  NOT NULL,
    counter      BIGINT  NOT NULL,
    rotated_at   BIGINT  NOT NULL,
    confirmed_at BIGINT  NOT NULL,
    auth_time    BIGINT  NOT NULL,
    amr          TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL,
    seen_at      BIGINT  NOT NULL,
    idle_until   BIGINT  NOT NULL,
    expires_at   BIGINT  NOT NULL,
    address      TEXT    NOT NULL,
    agent        TEXT    NOT NULL,
    ended_at     BIGINT  NOT NULL,
    end_reason   TEXT    NOT NULL
);

CREATE INDEX sessions_user ON sessions (user_id);

-- An identity never gives a number twice. Writers take a lock first, so that numbers rise in the order of commits.
CREATE TABLE revocations (
    seq        BIGINT  NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    revoked_at BIGINT  NOT NULL,
    until      BIGINT  NOT NULL
);

CREATE TABLE events (
    id         BIGINT  NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         BIGINT  NOT NULL,
    action     TEXT    NOT NULL,
    address    TEXT    NOT NULL,
    agent      TEXT    NOT NULL,
    request_id TEXT    NOT NULL,
    actor      TEXT    NOT NULL,
    user_id    TEXT    NOT NULL,
    session_id TEXT    NOT NULL,
    client_id  TEXT    NOT NULL,
    detail     TEXT    NOT NULL
);

CREATE INDEX events_user ON events (user_id, id);
CREATE INDEX events_at ON events (at);

CREATE TABLE signing_keys (
    id           TEXT    NOT NULL PRIMARY KEY,
    algorithm    TEXT    NOT NULL,
    sealed       BYTEA   NOT NULL,
    created_at   BIGINT  NOT NULL,
    activates_at BIGINT  NOT NULL,
    expires_at   BIGINT  NOT NULL
);

CREATE TABLE sealed_secrets (
    name   TEXT NOT NULL PRIMARY KEY,
    sealed BYTEA NOT NULL
);

-- One row a limit that is not full: its theoretical arrival time.
CREATE TABLE throttle (
    key TEXT   NOT NULL PRIMARY KEY,
    tat BIGINT NOT NULL
);
