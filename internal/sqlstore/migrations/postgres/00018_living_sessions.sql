-- Sessions that ended are kept for a while; who asks for those of a person that live does not look through them.

-- +goose Up
DROP INDEX sessions_user;
CREATE INDEX sessions_user ON sessions (user_id, ended_at);
