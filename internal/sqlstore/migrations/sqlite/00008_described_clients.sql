-- What a client that describes itself had said of its addresses when a person allowed it something: it may say another thing tomorrow.

-- +goose Up
ALTER TABLE consents ADD COLUMN addresses TEXT NOT NULL DEFAULT '';
