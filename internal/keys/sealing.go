package keys

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/lingpai/lingpai/internal/seal"
)

// MasterSize is the length of a master key in bytes.
const MasterSize = 32

// Errors of [Sealer.Open], matched with errors.Is.
var (
	// ErrMaster says that the value was sealed under another master key.
	ErrMaster = errors.New("the master key does not fit this database")
	// ErrAltered says that the master key is right, but the sealed value was changed, cut, or moved here from another row.
	ErrAltered = errors.New("a sealed value was altered")
)

const (
	sealVersion     = 1
	fingerprintSize = 4
	sealHeader      = 1 + fingerprintSize
)

// Sealer encrypts what must not be read in the database, under a key that is derived from the master key.
//
// A sealed value is a version byte, the fingerprint of the master key, and what a seal.Box makes. All of it, and the place where it is
// stored, is authenticated: a value that was moved to another row or column does not open. There are a handful, and one for each second
// factor that is turned on. A Sealer is safe for concurrent use.
type Sealer struct {
	box    *seal.Box
	header [sealHeader]byte
}

// NewSealer derives the sealing key from a master key of [MasterSize] bytes.
func NewSealer(master []byte) (*Sealer, error) {
	if len(master) != MasterSize {
		return nil, fmt.Errorf("a master key is %d bytes long, not %d", MasterSize, len(master))
	}
	key, err := hkdf.Key(sha256.New, master, nil, "lingpai sealing 1", seal.KeySize)
	if err != nil {
		return nil, fmt.Errorf("derive sealing key: %w", err)
	}
	box, err := seal.NewBox(key)
	if err != nil {
		return nil, err
	}
	s := &Sealer{box: box, header: [sealHeader]byte{sealVersion}}
	copy(s.header[1:], fingerprint(master))
	return s, nil
}

// Fingerprint is 8 hexadecimal characters that tell master keys apart and reveal nothing else about them.
func Fingerprint(master []byte) string { return hex.EncodeToString(fingerprint(master)) }

func fingerprint(master []byte) []byte {
	mac := hmac.New(sha256.New, master)
	mac.Write([]byte("lingpai master key fingerprint"))
	return mac.Sum(nil)[:fingerprintSize]
}

// MasterOf is the [Fingerprint] of the master key that a value was sealed under, or "" for what no Sealer made. It needs no key.
func MasterOf(sealed []byte) string {
	if len(sealed) < sealHeader || sealed[0] != sealVersion {
		return ""
	}
	return hex.EncodeToString(sealed[1:sealHeader])
}

// Seal encrypts plain for one place in the database.
func (s *Sealer) Seal(table, column, row string, plain []byte) []byte {
	return slices.Concat(s.header[:], s.box.Seal(s.place(table, column, row), plain))
}

// Open decrypts what [Sealer.Seal] made for the same place. The error is [ErrMaster] or [ErrAltered], or names a version that this
// program does not know.
func (s *Sealer) Open(table, column, row string, sealed []byte) ([]byte, error) {
	where := fmt.Sprintf("%s.%s of row %q", table, column, row)
	if len(sealed) < sealHeader {
		return nil, fmt.Errorf("%w: %s", ErrAltered, where)
	}
	if sealed[0] != sealVersion {
		return nil, fmt.Errorf("%s is sealed in a form that this version does not know; upgrade the program", where)
	}
	// The fingerprint is no secret; it only chooses the words.
	if [sealHeader]byte(sealed) != s.header {
		return nil, fmt.Errorf("%w: it was sealed with master key %x, and this is %x; restore the one that belongs to it",
			ErrMaster, sealed[1:sealHeader], s.header[1:])
	}
	plain, err := s.box.Open(s.place(table, column, row), sealed[sealHeader:])
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrAltered, where)
	}
	return plain, nil
}

// place is the header, then each name behind its length, so that no two places give the same bytes.
func (s *Sealer) place(names ...string) string {
	out := append([]byte(nil), s.header[:]...)
	for _, n := range names {
		out = binary.BigEndian.AppendUint32(out, uint32(len(n)))
		out = append(out, n...)
	}
	return string(out)
}
