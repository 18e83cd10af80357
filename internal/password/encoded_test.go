package password_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/password"
)

const (
	salt16 = "c2FsdFNBTFRzYWx0U0FMVA"
	key32  = "RviVuqoYXwJlwdpwjXmZU95ZL1dsRTi366mc7XAO51s"
)

// vectors come from other implementations: the test suites of the Argon2 reference code and of jBCrypt, RFC 7914 and the documentation of
// passlib; the rest was computed with Python's hashlib and libcrypt.
var vectors = []struct {
	name, password, encoded string
	scheme                  password.Scheme
}{
	{"argon2id", "password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", password.Argon2id},
	{"argon2id, 64 MiB", "password", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", password.Argon2id},
	{"argon2id, 2 lanes", "password", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc", password.Argon2id},
	{"argon2i", "password", "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8", password.Argon2i},
	{"bcrypt 2a, empty", "", "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.", password.Bcrypt},
	{"bcrypt 2a", "abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i", password.Bcrypt},
	{"bcrypt 2y, not ASCII", "pässwörd", "$2y$04$abcdefghijklmnopqrstuuyx2n0Zzopyr9QuYTMCfOJJOj526QVoC", password.Bcrypt},
	{"scrypt", "pleaseletmein", "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw", password.Scrypt},
	{"pbkdf2-sha1 PHC", "password", "$pbkdf2-sha1$i=1000$" + salt16 + "$NfJ8SPZGB5II5gQlC95Du6Jrkxs", password.PBKDF2},
	{"pbkdf2-sha256 PHC", "password", "$pbkdf2-sha256$i=1000$" + salt16 + "$" + key32, password.PBKDF2},
	{"pbkdf2-sha256 PHC with length", "password", "$pbkdf2-sha256$i=1000,l=32$" + salt16 + "$" + key32, password.PBKDF2},
	{"pbkdf2-sha512 PHC", "password", "$pbkdf2-sha512$i=1000$" + salt16 + "$L+vjhfY5mqKiCpkm0YIuL0mdqnbOXhYw/v74SUJEEwd4SPdh7srb8v5uXaGkjMc/LwzXWI4VCj9tRfIFZqlllw", password.PBKDF2},
	{"pbkdf2-sha256 passlib", "password", "$pbkdf2-sha256$6400$0ZrzXitFSGltTQnBWOsdAw$Y11AchqV4b0sUisdZd0Xr97KWoymNE0LNNrnEgY4H9M", password.PBKDF2},
	{"pbkdf2-sha1 passlib", "password", "$pbkdf2$1000$" + salt16 + "$NfJ8SPZGB5II5gQlC95Du6Jrkxs", password.PBKDF2},
	{"pbkdf2-sha512 passlib", "password", "$pbkdf2-sha512$1000$" + salt16 + "$L.vjhfY5mqKiCpkm0YIuL0mdqnbOXhYw/v74SUJEEwd4SPdh7srb8v5uXaGkjMc/LwzXWI4VCj9tRfIFZqlllw", password.PBKDF2},
	{"Django", "lètmein", "pbkdf2_sha256$10000$seasalt$CWWFdHOWwPnki7HvkcqN9iA2T3KLW1cf2uZ5kvArtVY=", password.PBKDF2},
	{"Django, sha1", "lètmein", "pbkdf2_sha1$10000$seasalt$oAfF6vgs95ncksAhGXOWf4Okq7o=", password.PBKDF2},
}

func TestImportedHashSignsInAndIsRenewed(t *testing.T) {
	h := cheapHasher(t)
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			if scheme, err := password.Recognise(v.encoded); scheme != v.scheme || err != nil {
				t.Errorf("Recognise: %q, %v; want %q", scheme, err, v.scheme)
			}
			if got := verify(t, h, v.encoded, v.password); got != (password.Verdict{Match: true, Outdated: true}) {
				t.Errorf("right password: %+v", got)
			}
			if got := verify(t, h, v.encoded, v.password+"x"); got != (password.Verdict{}) {
				t.Errorf("wrong password: %+v", got)
			}
		})
	}
}

func TestImportedHashOfDecomposedPasswordMatchesAsGiven(t *testing.T) {
	h := cheapHasher(t)
	const decomposed = "le\u0300tmein"
	encoded := "pbkdf2_sha256$1000$seasalt$ZHl463Q4amVR6YZ6PuKthUk+BB/1Z1PJC7mTVKdrVLc="
	if got := verify(t, h, encoded, decomposed); got != (password.Verdict{Match: true, Outdated: true}) {
		t.Errorf("as given: %+v", got)
	}
	if got := verify(t, h, encoded, "le\u0301tmein"); got.Match {
		t.Error("another accent matches")
	}
}

func TestBcryptReads72BytesAndIsThenKept(t *testing.T) {
	h := cheapHasher(t)
	const ofEightyX = "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i"
	for given, want := range map[string]password.Verdict{
		strings.Repeat("x", 80):       {Match: true}, // as where it comes from, and kept: the rest is unproven
		strings.Repeat("x", 72) + "y": {Match: true},
		strings.Repeat("x", 72):       {Match: true, Outdated: true},
		strings.Repeat("x", 71):       {},
	} {
		if got := verify(t, h, ofEightyX, given); got != want {
			t.Errorf("%d bytes: %+v, want %+v", len(given), got, want)
		}
	}
	const ofDecomposed = "$2b$04$abcdefghijklmnopqrstuuYqkWqXbyhPOMVhr5BiF.FECNxWfUoge"
	if got := verify(t, h, ofDecomposed, "e\u0301"+strings.Repeat("x", 80)); got != (password.Verdict{Match: true}) {
		t.Errorf("decomposed: %+v", got)
	}
}

func TestWhatCannotBeImported(t *testing.T) {
	argon := func(params string) string { return "$argon2id$v=19$" + params + "$" + salt16 + "$" + key32 }
	scrypt := func(params string) string { return "$scrypt$" + params + "$" + salt16 + "$" + key32 }
	for _, tc := range []struct {
		encoded string
		want    error
	}{
		{"", password.ErrUnrecognised},
		{"hunter2", password.ErrUnrecognised},
		{"5f4dcc3b5aa765d61d8327deb882cf99", password.ErrUnrecognised}, // bare MD5
		{"$1$salt$hash", password.ErrUnrecognised},
		{"$6$saltsalt$hash", password.ErrUnrecognised},
		{"$P$Bxxxxxxxx", password.ErrUnrecognised},
		{"$argon2id$", password.ErrUnrecognised},
		{"$argon2d$v=19$m=256,t=2,p=1$" + salt16 + "$" + key32, password.ErrUnrecognised},
		{"$argon2id$v=16$m=256,t=2,p=1$" + salt16 + "$" + key32, password.ErrUnrecognised},
		{"$argon2id$m=256,t=2,p=1$" + salt16 + "$" + key32, password.ErrUnrecognised}, // version 16, unsaid
		{argon("t=2,m=256,p=1"), password.ErrUnrecognised},
		{argon("m=256,t=2"), password.ErrUnrecognised},
		{argon("m=256,t=2,p=1,data=AA"), password.ErrUnrecognised},
		{argon("m=0256,t=2,p=1"), password.ErrUnrecognised},
		{argon("m=+256,t=2,p=1"), password.ErrUnrecognised},
		{argon("m=4294967296,t=2,p=1"), password.ErrUnrecognised},
		{argon("m=4294967295,t=1,p=1"), password.ErrTooCostly},
		{argon("m=262144,t=9,p=1"), password.ErrTooCostly},
		{argon("m=256,t=4294967295,p=1"), password.ErrTooCostly},
		{argon("m=65536,t=1,p=257"), password.ErrTooCostly},
		{"$argon2id$v=19$m=256,t=2,p=1$" + salt16 + "==$" + key32, password.ErrUnrecognised},
		{"$argon2id$v=19$m=256,t=2,p=1$" + salt16 + "\n$" + key32, password.ErrUnrecognised},
		{"$argon2id$v=19$m=256,t=2,p=1$AA$" + key32, password.ErrUnrecognised},        // salt of one byte
		{"$argon2id$v=19$m=256,t=2,p=1$" + salt16 + "$AAA", password.ErrUnrecognised}, // key of two bytes
		{"$argon2id$v=19$m=256,t=2,p=1$" + salt16 + "$" + strings.Repeat("A", 600), password.ErrUnrecognised},
		{"$2$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i", password.ErrUnrecognised},
		{"$2x$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i", password.ErrUnrecognised},
		{"$2a$6$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0ii", password.ErrUnrecognised},
		{"$2a$xx$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i", password.ErrUnrecognised},
		{"$2a$03$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i", password.ErrUnrecognised},
		{"$2a$16$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i", password.ErrTooCostly},
		{"$2a$31$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i", password.ErrTooCostly},
		{"$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0", password.ErrUnrecognised},
		{"$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf,iqN8.yx.jNN1ILEf7h0i", password.ErrUnrecognised},
		{scrypt("n=14,r=8,p=1"), password.ErrUnrecognised},
		{scrypt("ln=0,r=8,p=1"), password.ErrUnrecognised},
		{"$scrypt$ln=14,r=8,p=1$" + salt16, password.ErrUnrecognised},
		{scrypt("ln=19,r=8,p=1"), password.ErrTooCostly},
		{scrypt("ln=17,r=8,p=5"), password.ErrTooCostly},
		{scrypt("ln=63,r=8,p=1"), password.ErrTooCostly},
		{scrypt("ln=1,r=4294967295,p=1"), password.ErrTooCostly},
		{"$pbkdf2-md5$i=1000$" + salt16 + "$" + key32, password.ErrUnrecognised},
		{"$pbkdf2_sha256$i=1000$" + salt16, password.ErrUnrecognised},
		{"$pbkdf2-sha256$i=0$" + salt16 + "$" + key32, password.ErrUnrecognised},
		{"$pbkdf2-sha256$i=1000,l=31$" + salt16 + "$" + key32, password.ErrUnrecognised},
		{"$pbkdf2-sha256$i=5000001$" + salt16 + "$" + key32, password.ErrTooCostly},
		{"$pbkdf2-sha1$i=3000000$" + salt16 + "$" + key32, password.ErrTooCostly}, // two blocks
		{"pbkdf2_sha256$1000$abc$CWWFdHOWwPnki7HvkcqN9iA2T3KLW1cf2uZ5kvArtVY=", password.ErrUnrecognised},
		{"pbkdf2_sha256$1000$seasalt$CWWFdHOWwPnki7HvkcqN9iA2T3KLW1cf2uZ5kvArtVY", password.ErrUnrecognised},
		{"pbkdf2_sha512$1000$seasalt$CWWFdHOWwPnki7HvkcqN9iA2T3KLW1cf2uZ5kvArtVY=", password.ErrUnrecognised},
		{"pbkdf2_sha256$9999999$seasalt$CWWFdHOWwPnki7HvkcqN9iA2T3KLW1cf2uZ5kvArtVY=", password.ErrTooCostly},
	} {
		scheme, err := password.Recognise(tc.encoded)
		if !errors.Is(err, tc.want) || scheme != "" {
			t.Errorf("%q: %q, %v; want %v", tc.encoded, scheme, err, tc.want)
		}
		if err != nil && len(tc.encoded) > 40 && strings.Contains(err.Error(), tc.encoded[len(tc.encoded)-20:]) {
			t.Errorf("the error shows the hash: %v", err)
		}
		if _, err := cheapHasher(t).Verify(t.Context(), tc.encoded, "p"); !errors.Is(err, tc.want) {
			t.Errorf("Verify %q: %v", tc.encoded, err)
		}
	}
}
