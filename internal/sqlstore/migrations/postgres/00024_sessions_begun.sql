-- All living sessions, the newest first, a page at a time: what administrators look at.

-- +goose Up
CREATE INDEX sessions_begun ON sessions (created_at, id) WHERE ended_at = 0;
