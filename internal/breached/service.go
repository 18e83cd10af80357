package breached

import (
	"context"
	"errors"
	"strings"
)

// prefix is how many digits of a name the service is told.
const prefix = 5

// Service asks a service about passwords. It is safe for concurrent use if Get is.
type Service struct {
	// Address is that of the ranges, up to and with the last slash: https://api.pwnedpasswords.com/range/
	Address string
	// Get reads the text at an address. It should ask for padding (Add-Padding: true), so that the length of an answer tells nobody who
	// watches the line which range was asked for.
	Get func(ctx context.Context, address string) (text string, err error)
}

// Has reports whether a password was stolen. An answer that is no list of names is an error.
func (s *Service) Has(ctx context.Context, password string) (bool, error) {
	name := nameOf(password)
	text, err := s.Get(ctx, s.Address+name[:prefix])
	if err != nil {
		return false, err
	}
	for line := range strings.Lines(text) {
		rest, count, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		if !ok || !isHex(rest, digits-prefix) {
			return false, errors.New("the answer is no list of hashes")
		}
		if strings.EqualFold(rest, name[prefix:]) {
			return strings.Trim(count, "0") != "", nil // Padding counts 0.
		}
	}
	return false, nil
}

func isHex(text string, length int) bool {
	return len(text) == length && strings.Trim(text, "0123456789ABCDEFabcdef") == ""
}
