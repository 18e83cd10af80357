-- Where the status of a session stands on the status lists, counted from 1; 0 for nowhere. Without lists, nothing of this is written.

-- +goose Up
ALTER TABLE sessions ADD COLUMN status_place BIGINT NOT NULL DEFAULT 0;

CREATE INDEX sessions_status ON sessions (status_place) WHERE status_place <> 0;

-- The places of sessions that were ended, for as long as tokens may be about that name them.
CREATE TABLE status_places (
    place BIGINT NOT NULL PRIMARY KEY,
    until BIGINT NOT NULL
);
