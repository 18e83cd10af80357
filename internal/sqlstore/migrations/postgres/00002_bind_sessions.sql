-- The thumbprint of the DPoP key that a session is bound to, '' for none.

-- +goose Up
ALTER TABLE sessions ADD COLUMN jkt TEXT NOT NULL DEFAULT '';
