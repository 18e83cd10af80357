package jose

import "fmt"

// Verify returns the payload if k made the signature, and if the token names k's algorithm. It is for the caller to choose the key,
// by [Header.KeyID] among the keys of the expected issuer. Errors are [ErrKey] for a nil key, [ErrAlgorithm] and [ErrSignature].
// The payload belongs to the message and must not be altered.
func (m *Message) Verify(k *Key) (payload []byte, err error) {
	switch {
	case k == nil:
		return nil, fmt.Errorf("%w: none given", ErrKey)
	case m.header.Algorithm != k.alg:
		return nil, fmt.Errorf("%w: the token says %s, the key is for %s", ErrAlgorithm, m.header.Algorithm, k.alg)
	case !k.material.verify(m.signed, m.signature):
		return nil, ErrSignature
	}
	if m.unseen > 0 {
		seenHeaders.add(string(m.signed[:m.unseen]), m.header)
	}
	return m.payload, nil
}
