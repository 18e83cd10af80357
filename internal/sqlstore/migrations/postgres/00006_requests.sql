-- What else is known of people, requests that were pushed, and who is told of a sign-out.

-- +goose Up
ALTER TABLE users ADD COLUMN claims TEXT NOT NULL DEFAULT '';

-- Requests that wait for their person (RFC 9126). The address that names one holds its hash's secret.
CREATE TABLE pushed_requests (
    hash       TEXT    NOT NULL PRIMARY KEY,
    client_id  TEXT    NOT NULL,
    params     TEXT    NOT NULL,
    expires_at BIGINT  NOT NULL
);

CREATE INDEX pushed_requests_expiry ON pushed_requests (expires_at);

-- notify says that the client wants to be told when the session ends. subject is what the client knows the person by, if that is not
-- the id of the account.
ALTER TABLE grants ADD COLUMN notify BIGINT NOT NULL DEFAULT 0;
ALTER TABLE grants ADD COLUMN subject TEXT NOT NULL DEFAULT '';

CREATE INDEX grants_offline ON grants (parent) WHERE offline = 1 AND notify = 1;
CREATE INDEX grants_notify ON grants (session_id) WHERE notify = 1;

-- Sign-outs that clients are to be told of, until they have heard.
CREATE TABLE logouts (
    id         TEXT    NOT NULL PRIMARY KEY,
    client_id  TEXT    NOT NULL,
    session_id TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    at         BIGINT  NOT NULL,
    tries      BIGINT  NOT NULL,
    due_at     BIGINT  NOT NULL
);

CREATE INDEX logouts_due ON logouts (due_at);
