-- For how long access tokens can be believed after they are issued, and until when some of that kind may be about.

-- +goose Up
CREATE TABLE token_lifetimes (
    believed BIGINT NOT NULL PRIMARY KEY,
    until    BIGINT NOT NULL
);

-- Nobody has written down what was issued so far: 24 hours and 5 minutes are the most that the configuration allows.
INSERT INTO token_lifetimes (believed, until)
SELECT 86700000000, CAST(EXTRACT(EPOCH FROM now()) AS BIGINT) * 1000000 + 86700000000 WHERE EXISTS (SELECT 1 FROM signing_keys);
