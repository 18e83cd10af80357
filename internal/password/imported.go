package password

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"

	"github.com/lingpai/lingpai/internal/argon2id"
)

// bcryptBytes is what bcrypt reads of a password; it ignores the rest.
const bcryptBytes = 72

// truncates reports whether the stored hash looked at only a part of this password. Such a match is as good as it was where the hash
// comes from, but it says nothing about the rest: a new hash would make that rest, typed once and never compared, part of the password.
// The old hash is kept until the password is changed.
func truncates(stored encoded, password string) bool {
	return stored.scheme() == Bcrypt && len(password) > bcryptBytes
}

type bcryptHash []byte

// maxBcryptCost is about two seconds.
const maxBcryptCost = 15

func parseBcrypt(s string, fields []string) (encoded, error) {
	if name := fields[0]; name != "2a" && name != "2b" && name != "2y" {
		return nil, fmt.Errorf("%w: bcrypt comes as 2a, 2b or 2y", ErrUnrecognised)
	}
	const alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	if len(s) != 60 || len(fields) != 3 || len(fields[1]) != 2 || strings.Trim(fields[2], alphabet) != "" {
		return nil, fmt.Errorf("%w: bcrypt must have a cost of two digits and 53 characters", ErrUnrecognised)
	}
	cost, err := bcrypt.Cost([]byte(s))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: bcrypt cost must be 04 to %d", ErrUnrecognised, maxBcryptCost)
	case cost > maxBcryptCost:
		return nil, fmt.Errorf("bcrypt at cost %d: %w", cost, ErrTooCostly)
	}
	return bcryptHash(s), nil
}

func (h bcryptHash) scheme() Scheme    { return Bcrypt }
func (h bcryptHash) memoryKiB() uint32 { return 4 }

func (h bcryptHash) matches(password string, _ *argon2id.Memory) (bool, error) {
	err := bcrypt.CompareHashAndPassword(h, []byte(password))
	if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, nil
	}
	return err == nil, err
}

type scryptHash struct {
	logN, r, p uint32
	salt, key  []byte
}

// maxScryptTrafficKiB is memory times p. Filling it takes about two seconds.
const maxScryptTrafficKiB = 512 << 10

func parseScrypt(fields []string) (encoded, error) {
	if len(fields) != 4 {
		return nil, fmt.Errorf("%w: scrypt must have parameters, salt and key", ErrUnrecognised)
	}
	numbers, err := parameters(fields[1], "ln", "r", "p")
	if err != nil {
		return nil, err
	}
	h := scryptHash{logN: numbers[0], r: numbers[1], p: numbers[2]}
	switch {
	case h.logN < 1 || h.r < 1 || h.p < 1:
		return nil, fmt.Errorf("%w: scrypt parameters must be positive", ErrUnrecognised)
	case h.logN > 20 || h.r > 32 || h.p > maxThreads || h.memoryKiB() > maxMemoryKiB || h.memoryKiB()*h.p > maxScryptTrafficKiB:
		return nil, fmt.Errorf("scrypt with %s: %w", fields[1], ErrTooCostly)
	}
	if h.salt, h.key, err = saltAndKey(fields[2], fields[3]); err != nil {
		return nil, err
	}
	return h, nil
}

func (h scryptHash) scheme() Scheme { return Scrypt }

// memoryKiB is 128 * r * N bytes, rounded up.
func (h scryptHash) memoryKiB() uint32 { return (h.r<<h.logN + 7) / 8 }

func (h scryptHash) matches(password string, _ *argon2id.Memory) (bool, error) {
	key, err := scrypt.Key([]byte(password), h.salt, 1<<h.logN, int(h.r), int(h.p), len(h.key))
	if err != nil {
		return false, fmt.Errorf("compute scrypt: %w", err)
	}
	return subtle.ConstantTimeCompare(key, h.key) == 1, nil
}

type pbkdf2Hash struct {
	digest     func() hash.Hash
	iterations uint32
	salt, key  []byte
}

// maxIterations counts those of all blocks of the key together. They take about two seconds.
const maxIterations = 5_000_000

// digests names the hash function by the identifier of the form; "pbkdf2_" is Django's.
var digests = map[string]func() hash.Hash{
	"pbkdf2":        sha1.New,
	"pbkdf2-sha1":   sha1.New,
	"pbkdf2-sha256": sha256.New,
	"pbkdf2-sha512": sha512.New,
	"pbkdf2_sha1":   sha1.New,
	"pbkdf2_sha256": sha256.New,
}

// parsePBKDF2 reads the PHC form, where the iterations are "i=600000" and perhaps ",l=32", and that of passlib, where they are
// a number and base64 has "." for "+".
func parsePBKDF2(fields []string) (encoded, error) {
	if len(fields) != 4 {
		return nil, fmt.Errorf("%w: pbkdf2 must have iterations, salt and key", ErrUnrecognised)
	}
	name, costs, salt, key := fields[0], fields[1], fields[2], fields[3]
	iterations, length := costs, ""
	if phc, ok := strings.CutPrefix(costs, "i="); ok {
		iterations, length, _ = strings.Cut(phc, ",l=")
	} else {
		plus := strings.NewReplacer(".", "+")
		salt, key = plus.Replace(salt), plus.Replace(key)
	}
	s, k, err := saltAndKey(salt, key)
	if err != nil {
		return nil, err
	}
	if length != "" && length != strconv.Itoa(len(k)) {
		return nil, fmt.Errorf("%w: pbkdf2 key is not of the length it says", ErrUnrecognised)
	}
	return newPBKDF2(name, iterations, s, k)
}

// parseDjango reads the form of Django, where the salt is plain text and base64 is padded.
func parseDjango(fields []string) (encoded, error) {
	name, iterations, salt := fields[0], fields[1], fields[2]
	if len(salt) < 4 || len(salt) > 128 {
		return nil, fmt.Errorf("%w: salt of %d characters, not 4 to 128", ErrUnrecognised, len(salt))
	}
	key, err := bounded(base64.StdEncoding, fields[3], 16, 64)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	return newPBKDF2(name, iterations, []byte(salt), key)
}

func newPBKDF2(name, iterations string, salt, key []byte) (encoded, error) {
	digest, ok := digests[name]
	if !ok {
		return nil, fmt.Errorf("%w: pbkdf2 comes with sha1, sha256 or sha512", ErrUnrecognised)
	}
	n, err := number(iterations)
	if err != nil || n < 1 {
		return nil, fmt.Errorf("%w: pbkdf2 iterations are not a positive number", ErrUnrecognised)
	}
	blocks := (len(key) + digest().Size() - 1) / digest().Size()
	if uint64(n)*uint64(blocks) > maxIterations {
		return nil, fmt.Errorf("pbkdf2 with %d iterations: %w", n, ErrTooCostly)
	}
	return pbkdf2Hash{digest: digest, iterations: n, salt: salt, key: key}, nil
}

func (h pbkdf2Hash) scheme() Scheme    { return PBKDF2 }
func (h pbkdf2Hash) memoryKiB() uint32 { return 1 }

func (h pbkdf2Hash) matches(password string, _ *argon2id.Memory) (bool, error) {
	key, err := pbkdf2.Key(h.digest, password, h.salt, int(h.iterations), len(h.key))
	if err != nil {
		return false, fmt.Errorf("compute pbkdf2: %w", err)
	}
	return subtle.ConstantTimeCompare(key, h.key) == 1, nil
}
