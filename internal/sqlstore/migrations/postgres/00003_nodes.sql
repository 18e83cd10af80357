-- One row a server that runs on this database: what it tells the others of itself and of those who follow its feed.

-- +goose Up
CREATE TABLE nodes (
    id          TEXT    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL,
    told_at     BIGINT  NOT NULL,
    answers     BIGINT  NOT NULL,
    applied     BIGINT  NOT NULL,
    subscribers BIGINT  NOT NULL,
    laggards    TEXT    NOT NULL
);
