// Package statuslist is the form in which it is told, to anybody who can read a JWT, which sessions were ended before their tokens expire:
// the Token Status List of the IETF (draft-ietf-oauth-status-list-21), with one bit for each session.
//
// A session is given a [Place] when it begins, which its tokens name in their `status` claim. The list that the place is on is a
// string of bits, compressed and signed; a bit that is set means that the token is not valid any more. Who issues tokens and who
// serves the lists agree here on where a place is.
//
// The package stands on the standard library alone.
package statuslist

import (
	"bytes"
	"compress/zlib"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"strconv"
)

const (
	// Type is the `typ` of a list (section 5.1).
	Type = "statuslist+jwt"
	// MediaType is that of the answer with a list (section 8.2).
	MediaType = "application/" + Type
	// Size is how many places a list has. All of them are there from the beginning, so that a list does not tell how many sessions there are.
	Size = 1 << 20
	// MaxLists is how many lists there may be.
	MaxLists = 64
)

// Place is where the status of a session stands, counted through all lists from 1. The zero Place is none.
type Place int64

// At is the place with an index on a list.
func At(list, index int) Place { return Place(list)*Size + Place(index) + 1 }

// Random is a place on one of some lists, at least one, that nobody can guess from others.
func Random(lists int) Place {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return Place(binary.BigEndian.Uint64(b[:])%(uint64(lists)*Size)) + 1
}

// List is the number of the list that a place is on, from 0.
func (p Place) List() int { return int((p - 1) / Size) }

// Index is the number of a place on its list, from 0.
func (p Place) Index() int { return int((p - 1) % Size) }

// URI is the address of a list below a base.
func URI(base string, list int) string { return base + "/" + strconv.Itoa(list) }

// Bits is the `lst` of a list on which some places are set (section 4.1): eight to a byte, the first in the lowest bit, compressed by ZLIB.
func Bits(set []Place) string {
	bits := make([]byte, Size/8)
	for _, p := range set {
		bits[p.Index()/8] |= 1 << (p.Index() % 8)
	}
	var out bytes.Buffer
	w, _ := zlib.NewWriterLevel(&out, zlib.BestCompression) // the level exists
	_, _ = w.Write(bits)                                    // a buffer takes everything
	_ = w.Close()
	return base64.RawURLEncoding.EncodeToString(out.Bytes())
}
