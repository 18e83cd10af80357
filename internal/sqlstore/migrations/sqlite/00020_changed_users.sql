-- Accounts are found by when they were changed.

-- +goose Up
CREATE INDEX users_changed ON users (changed_at);
