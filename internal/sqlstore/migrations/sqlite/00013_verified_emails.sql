-- Whether the email address of an account is known to be its owner's.

-- +goose Up
-- Of the addresses that are there, nobody wrote down who had written them.
ALTER TABLE users ADD COLUMN email_verified INTEGER NOT NULL DEFAULT 0;
