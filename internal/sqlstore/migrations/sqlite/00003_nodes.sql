-- One row a server that runs on this database: what it tells the others of itself and of those who follow its feed.

-- +goose Up
CREATE TABLE nodes (
    id          TEXT    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL,
    told_at     INTEGER NOT NULL,
    answers     INTEGER NOT NULL,
    applied     INTEGER NOT NULL,
    subscribers INTEGER NOT NULL,
    laggards    TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
