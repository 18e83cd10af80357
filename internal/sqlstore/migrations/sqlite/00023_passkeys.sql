-- Passkeys: public keys of people's devices, by what the device calls them. transports are words with spaces between.

-- +goose Up
CREATE TABLE passkeys (
    id              TEXT    NOT NULL PRIMARY KEY,
    user_id         TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    public_key      BLOB    NOT NULL,
    sign_count      INTEGER NOT NULL,
    transports      TEXT    NOT NULL,
    aaguid          TEXT    NOT NULL,
    backup_eligible INTEGER NOT NULL,
    backed_up       INTEGER NOT NULL,
    name            TEXT    NOT NULL,
    added_at        INTEGER NOT NULL,
    used_at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX passkeys_user ON passkeys (user_id);
