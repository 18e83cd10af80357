-- Second factors: the secret of an authenticator app, sealed, the last step whose code was used, and hashes of recovery codes.

-- +goose Up
CREATE TABLE second_factors (
    user_id   TEXT    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    secret    BYTEA   NOT NULL,
    last_step BIGINT  NOT NULL,
    added_at  BIGINT  NOT NULL
);

CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL REFERENCES second_factors (user_id) ON DELETE CASCADE,
    hash    TEXT NOT NULL,
    PRIMARY KEY (user_id, hash)
);
