-- Accounts that are asked for: who shows the code has read the mail of the address, and may make one. An address has one code.

-- +goose Up
CREATE TABLE sign_ups (
    email_key  TEXT    NOT NULL PRIMARY KEY,
    email      TEXT    NOT NULL,
    hash       TEXT    NOT NULL UNIQUE,
    return_to  TEXT    NOT NULL,
    expires_at BIGINT  NOT NULL
);
