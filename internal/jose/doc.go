// Package jose signs and verifies compact JWS (RFC 7515) and reads and writes JWK and JWK Sets (RFC 7517, 7518, 7638, 8037, 9864)
// over the standard library's cryptography. It is strict where the standards leave room, because each piece of room has been an attack:
//
//   - A [Key] has exactly one [Algorithm], and a token whose header says another one is refused. The names "EdDSA" and "Ed25519" are no
//     exception, although both sign alike: whoever publishes a key says which name its tokens carry (see [EdDSA]).
//   - The payload of a [Message] is had by verifying it, or by asking for [Message.UnverifiedPayload] in so many words.
//   - Of the header, the algorithm, key id, type and content type are read. Keys and addresses of keys that a token brings along
//     (jwk, jku, x5c, x5u) are neither used nor shown; [VerifyProof] alone uses one, to prove that it is held. Extensions that change
//     the meaning of a token (crit, b64, zip, enc) are refused.
//   - Base64url has one spelling: no padding, no white space, no stray bits. Hence an accepted token has one spelling too.
//   - Every size is bounded before memory is spent: [MaxTokenSize], [MaxKeys].
//
// There is no JWE, no JSON serialisation and no algorithm "none". No error shows any part of a token or a key.
//
// The package imports the standard library and strictjson alone. Whether a token is good for a purpose (who issued it, for whom, until
// when) is the business of package token.
package jose

import "errors"

// Kinds of errors, matched with errors.Is. Whatever is refused is refused with one of them.
var (
	// ErrMalformed says that a text is not a compact JWS as this package reads it, or that a payload is too large to become one.
	ErrMalformed = errors.New("malformed token")
	// ErrAlgorithm says that an algorithm is not one of ours, or not the key's.
	ErrAlgorithm = errors.New("wrong algorithm")
	// ErrSignature says that a signature does not fit what it signs.
	ErrSignature = errors.New("wrong signature")
	// ErrKey says that a key cannot be used: malformed, too weak, or made for something else.
	ErrKey = errors.New("unusable key")
)
