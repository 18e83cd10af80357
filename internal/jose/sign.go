package jose

import (
	"fmt"
)

// Sign makes a compact JWS with the header {"alg","kid","typ"}: the key's algorithm and id, and typ if it is not empty. A public key is
// refused with an [ErrKey]. What would become longer than [MaxTokenSize] is refused with an [ErrMalformed], so that nobody issues a
// token that nobody accepts.
func Sign(k *Key, typ string, payload []byte) (string, error) {
	if k == nil || !k.IsPrivate() {
		return "", fmt.Errorf("%w: signing needs a private key", ErrKey)
	}
	token := make([]byte, 0, 512+strict.EncodedLen(len(payload)))
	token = strict.AppendEncode(token, k.joseHeader(typ))
	token = append(token, '.')
	token = strict.AppendEncode(token, payload)
	signature, err := k.material.sign(token)
	if err != nil {
		return "", fmt.Errorf("sign with %v: %w", k, err)
	}
	token = append(token, '.')
	token = strict.AppendEncode(token, signature)
	if len(token) > MaxTokenSize {
		return "", fmt.Errorf("%w: longer than %d bytes", ErrMalformed, MaxTokenSize)
	}
	return string(token), nil
}

func (k *Key) joseHeader(typ string) []byte {
	header := []byte(k.header)
	if typ != "" {
		header = append(header, `,"typ":`+quote(typ)...)
	}
	return append(header, '}')
}
