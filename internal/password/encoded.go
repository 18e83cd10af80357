package password

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"

	"github.com/lingpai/lingpai/internal/argon2id"
)

// Scheme names how a hash was made.
type Scheme string

// The schemes that can be checked. New hashes are always Argon2id.
const (
	Argon2id Scheme = "argon2id"
	Argon2i  Scheme = "argon2i"
	Bcrypt   Scheme = "bcrypt"
	Scrypt   Scheme = "scrypt"
	PBKDF2   Scheme = "pbkdf2"
)

// Recognise says how an encoded hash was made, or why it cannot be imported: [ErrUnrecognised] or [ErrTooCostly]. What it accepts,
// [Hasher.Verify] can check. Errors do not contain the hash.
//
// The forms are:
//
//	$argon2id$v=19$m=19456,t=2,p=1$SALT$KEY             also argon2i; version 19 only
//	$2b$12$...                                          bcrypt, also $2a$ and $2y$
//	$scrypt$ln=16,r=8,p=1$SALT$KEY
//	$pbkdf2-sha256$i=600000$SALT$KEY                    PHC, also with ",l=32"; also pbkdf2, -sha1 and -sha512
//	$pbkdf2-sha256$29000$SALT$KEY                       passlib, likewise
//	pbkdf2_sha256$600000$SALT$KEY                       Django, also pbkdf2_sha1
func Recognise(encoded string) (Scheme, error) {
	e, err := parse(encoded)
	if err != nil {
		return "", err
	}
	return e.scheme(), nil
}

// encoded is a stored hash taken apart. It was checked: computing it is possible and bearable.
type encoded interface {
	scheme() Scheme
	memoryKiB() uint32
	// matches hashes the password and compares in constant time. Argon2id computes in the memory, and others take their own.
	matches(password string, in *argon2id.Memory) (bool, error)
}

// maxEncoded is above the longest form: 64 bytes each of salt and key.
const maxEncoded = 512

func parse(s string) (encoded, error) {
	if len(s) > maxEncoded {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrUnrecognised, maxEncoded)
	}
	fields := strings.Split(s, "$")
	switch name := fields[0]; {
	case strings.HasPrefix(name, "pbkdf2_") && len(fields) == 4:
		return parseDjango(fields)
	case name != "" || len(fields) < 4:
		return nil, fmt.Errorf("%w: not in PHC, crypt or Django form", ErrUnrecognised)
	}
	fields = fields[1:]
	switch name := fields[0]; {
	case strings.HasPrefix(name, "argon2"):
		return parseArgon2(fields)
	case strings.HasPrefix(name, "2"):
		return parseBcrypt(s, fields)
	case name == "scrypt":
		return parseScrypt(fields)
	case strings.HasPrefix(name, "pbkdf2"):
		return parsePBKDF2(fields)
	}
	return nil, fmt.Errorf("%w: unknown algorithm", ErrUnrecognised)
}

// The sizes of new hashes, in bytes.
const (
	saltLength = 16
	keyLength  = 32
)

type argon2Hash struct {
	variant Scheme
	Params
	salt, key []byte
}

func parseArgon2(fields []string) (encoded, error) {
	variant := Scheme(fields[0])
	if variant != Argon2id && variant != Argon2i {
		return nil, fmt.Errorf("%w: argon2 comes as argon2id or argon2i", ErrUnrecognised)
	}
	if len(fields) != 5 || fields[1] != "v=19" {
		return nil, fmt.Errorf("%w: argon2 must have version 19, parameters, salt and key", ErrUnrecognised)
	}
	numbers, err := parameters(fields[2], "m", "t", "p")
	if err != nil {
		return nil, err
	}
	if numbers[2] > maxThreads {
		return nil, fmt.Errorf("argon2 with %d lanes: %w", numbers[2], ErrTooCostly)
	}
	h := argon2Hash{variant: variant, Params: Params{MemoryKiB: numbers[0], Time: numbers[1], Threads: uint8(numbers[2])}}
	if err := h.check(); err != nil {
		return nil, err
	}
	if h.salt, h.key, err = saltAndKey(fields[3], fields[4]); err != nil {
		return nil, err
	}
	return h, nil
}

func (h argon2Hash) scheme() Scheme    { return h.variant }
func (h argon2Hash) memoryKiB() uint32 { return h.MemoryKiB }

func (h argon2Hash) matches(password string, in *argon2id.Memory) (bool, error) {
	return subtle.ConstantTimeCompare(h.derive([]byte(password), len(h.key), in), h.key) == 1, nil
}

func (h argon2Hash) derive(password []byte, length int, in *argon2id.Memory) []byte {
	derive := in.Key
	if h.variant == Argon2i {
		derive = argon2.Key
	}
	return derive(password, h.salt, h.Time, h.MemoryKiB, h.Threads, uint32(length))
}

// String encodes the hash as a PHC string.
func (h argon2Hash) String() string {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$%s$v=19$%s$%s$%s", h.variant, h.Params, encode(h.salt), encode(h.key))
}

// parameters reads "a=1,b=2": the named ones, all of them, in this order, and no others.
func parameters(s string, names ...string) ([]uint32, error) {
	parts := strings.Split(s, ",")
	if len(parts) != len(names) {
		return nil, fmt.Errorf("%w: parameters must be %s", ErrUnrecognised, strings.Join(names, ", "))
	}
	numbers := make([]uint32, len(names))
	for i, part := range parts {
		digits, ok := strings.CutPrefix(part, names[i]+"=")
		if !ok {
			return nil, fmt.Errorf("%w: parameters must be %s", ErrUnrecognised, strings.Join(names, ", "))
		}
		n, err := number(digits)
		if err != nil {
			return nil, err
		}
		numbers[i] = n
	}
	return numbers, nil
}

// number reads a decimal in its one canonical form.
func number(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || strconv.FormatUint(n, 10) != s {
		return 0, fmt.Errorf("%w: a parameter is not a number", ErrUnrecognised)
	}
	return uint32(n), nil
}

func saltAndKey(salt, key string) (s, k []byte, err error) {
	if s, err = bounded(base64.RawStdEncoding, salt, 4, 64); err != nil {
		return nil, nil, fmt.Errorf("salt: %w", err)
	}
	if k, err = bounded(base64.RawStdEncoding, key, 16, 64); err != nil {
		return nil, nil, fmt.Errorf("key: %w", err)
	}
	return s, k, nil
}

// bounded decodes base64 in its one canonical form.
func bounded(enc *base64.Encoding, s string, least, most int) ([]byte, error) {
	b, err := enc.DecodeString(s)
	if err != nil || enc.EncodeToString(b) != s {
		return nil, fmt.Errorf("%w: not base64", ErrUnrecognised)
	}
	if len(b) < least || len(b) > most {
		return nil, fmt.Errorf("%w: %d bytes, not %d to %d", ErrUnrecognised, len(b), least, most)
	}
	return b, nil
}
