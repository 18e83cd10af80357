-- Clients, what people allow them, and what comes of it. What is read as a whole, and never searched, is one JSON document.

-- +goose Up
CREATE TABLE clients (
    id         TEXT    NOT NULL COLLATE "C" PRIMARY KEY,
    document   TEXT    NOT NULL,
    created_at BIGINT  NOT NULL
);

CREATE TABLE client_secrets (
    client_id TEXT    NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    id        TEXT    NOT NULL,
    hash      BYTEA   NOT NULL,
    added_at  BIGINT  NOT NULL,
    PRIMARY KEY (client_id, id)
);

-- Ids that are good once, such as the jti of an assertion.
CREATE TABLE spent_ids (
    id    TEXT    NOT NULL PRIMARY KEY,
    until BIGINT  NOT NULL
);

-- A client may stand in the configuration, so client_id refers to no row.
CREATE TABLE consents (
    user_id   TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id TEXT    NOT NULL COLLATE "C",
    scope     TEXT    NOT NULL,
    given_at  BIGINT  NOT NULL,
    PRIMARY KEY (user_id, client_id)
);

CREATE INDEX consents_client ON consents (client_id);

-- A spent code stays for a while, to know it when it is shown again.
CREATE TABLE codes (
    hash       TEXT    NOT NULL PRIMARY KEY,
    client_id  TEXT    NOT NULL,
    user_id    TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    parent     TEXT    NOT NULL,
    document   TEXT    NOT NULL,
    expires_at BIGINT  NOT NULL,
    spent      BIGINT  NOT NULL,
    session_id TEXT    NOT NULL
);

CREATE INDEX codes_user ON codes (user_id);
CREATE INDEX codes_parent ON codes (parent) WHERE spent = 0;
CREATE INDEX codes_expiry ON codes (expires_at);

-- What a session of a client was granted. A session that is not offline ends with its parent, the browser's.
CREATE TABLE grants (
    session_id TEXT    NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    client_id  TEXT    NOT NULL,
    parent     TEXT    NOT NULL,
    offline    BIGINT  NOT NULL,
    document   TEXT    NOT NULL
);

CREATE INDEX grants_parent ON grants (parent) WHERE offline = 0;
CREATE INDEX grants_client ON grants (client_id);

-- Which keys follow one another: those of one purpose.
ALTER TABLE signing_keys ADD COLUMN purpose TEXT NOT NULL DEFAULT '';
