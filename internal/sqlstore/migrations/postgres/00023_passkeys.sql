-- Passkeys: public keys of people's devices, by what the device calls them. transports are words with spaces between.

-- +goose Up
CREATE TABLE passkeys (
    id              TEXT    NOT NULL PRIMARY KEY,
    user_id         TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    public_key      BYTEA   NOT NULL,
    sign_count      BIGINT  NOT NULL,
    transports      TEXT    NOT NULL,
    aaguid          TEXT    NOT NULL,
    backup_eligible BIGINT  NOT NULL,
    backed_up       BIGINT  NOT NULL,
    name            TEXT    NOT NULL,
    added_at        BIGINT  NOT NULL,
    used_at         BIGINT  NOT NULL
);

CREATE INDEX passkeys_user ON passkeys (user_id);
