package interop

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/lingpai/lingpai/internal/passkeytest"
	"github.com/lingpai/lingpai/internal/webauthn"
)

// honest is what devices do.
func (s *sides) honest(a *passkeytest.Authenticator, c webauthn.Credential) {
	for _, count := range []uint32{6, 7, 1000, 1<<32 - 1, 5, 4, 0} {
		a := *a
		a.Count = count
		s.registers("honest", a.Create(challenge))
		s.verifies("counters", a.Get(challenge), c)
	}
	for _, n := range []int{1, 16, 64, 255, 256, 1022, 1023, 1024, 2000} {
		a := *a
		a.ID = bytes.Repeat([]byte{9}, n)
		s.registers(fmt.Sprint("an id of ", n, " bytes"), a.Create(challenge))
	}
	for _, behind := range []string{"\xa1\x6bhmac-secret\xf5", "\xa0", "\xa2\x6bcredProtect\x02\x61a\x80", "\xa1\x61a\xf9\x00\x00", "\xa1\x61a\xc0\x61b", "\xbf\xff", "\xa1\x01\x02", "\x80", "\x01", "\xa1\x61a\x18\x01", "\xa2\x61a\x01\x61a\x02", "\xa0\xa0", ""} {
		a := *a
		a.Flags |= passkeytest.Extensions
		a.Behind = []byte(behind)
		s.registers("extensions", a.Create(challenge))
		s.verifies("extensions", a.Get(challenge), c)
	}
	other := c
	other.BackupEligible, other.BackedUp = false, false
	s.verifies("made as what cannot be copied", a.Get(challenge), other)
	never := c
	never.SignCount = 0
	s.verifies("it did not count before", a.Get(challenge), never)
}

// flags is each octet of them, signed.
func (s *sides) flags(a *passkeytest.Authenticator, c webauthn.Credential) {
	for f := range 256 {
		a := *a
		a.Flags = byte(f)
		s.registers("flags", a.Create(challenge))
		s.verifies("flags", a.Get(challenge), c)
	}
}

// says is client data that some browser or page could write, signed.
func (s *sides) says(a *passkeytest.Authenticator, c webauthn.Credential) {
	for _, said := range []map[string]any{
		{"origin": "https://LOGIN.example"}, {"origin": "https://login.example/"}, {"origin": "https://login.example/path"}, {"origin": "https://login.example:443"},
		{"origin": "http://login.example"}, {"origin": "https://login.example.evil"}, {"origin": "https://a.login.example"}, {"origin": "https://login.example:8443"},
		{"origin": "https://user@login.example"}, {"origin": "https://login.example#x"}, {"origin": "https://login.example?x"}, {"origin": ""}, {"origin": nil}, {"origin": 1},
		{"origin": " https://login.example"}, {"origin": "HTTPS://login.example"}, {"origin": "android:apk-key-hash:AAAA"},
		{"crossOrigin": true}, {"crossOrigin": nil}, {"crossOrigin": "false"}, {"topOrigin": "https://login.example"}, {"topOrigin": ""}, {"topOrigin": nil},
		{"crossOrigin": true, "topOrigin": "https://login.example"}, {"Type": "webauthn.get"}, {"ORIGIN": "https://login.example"},
		{"type": "webauthn.create"}, {"type": "webauthn.get"}, {"type": "WEBAUTHN.GET"}, {"type": ""}, {"type": "payment.get"},
		{"challenge": challenge + "="}, {"challenge": ""}, {"challenge": challenge[1:]}, {"challenge": strings.ToUpper(challenge)},
		{"tokenBinding": map[string]any{"status": "supported"}}, {"tokenBinding": map[string]any{"status": "wrong"}}, {"new": []any{1, nil}},
	} {
		a := *a
		a.Says = said
		text, _ := json.Marshal(said)
		s.registers("client data "+string(text), a.Create(challenge))
		s.verifies("client data "+string(text), a.Get(challenge), c)
	}
	for what, change := range map[string]func(string) string{
		"a name twice":       func(t string) string { return strings.Replace(t, "{", `{"origin":"https://evil.example",`, 1) },
		"an escaped name":    func(t string) string { return strings.Replace(t, `"origin"`, `"\u006frigin"`, 1) },
		"spaces":             func(t string) string { return strings.ReplaceAll(t, ":", " : ") },
		"a byte order mark":  func(t string) string { return "\ufeff" + t },
		"something behind":   func(t string) string { return t + "{}" },
		"a line behind":      func(t string) string { return t + "\n" },
		"bad UTF-8":          func(t string) string { return strings.Replace(t, "{", "{\"x\":\"\xff\",", 1) },
		"a lone surrogate":   func(t string) string { return strings.Replace(t, "{", `{"x":"\ud800",`, 1) },
		"an array around it": func(t string) string { return "[" + t + "]" },
		"a comma too many":   func(t string) string { return strings.Replace(t, "}", ",}", 1) },
	} {
		r, v := a.Create(challenge), a.Get(challenge)
		r.ClientData, v.ClientData = []byte(change(string(r.ClientData))), []byte(change(string(v.ClientData)))
		v.Signature = a.Sign(v.ClientData, v.Data)
		s.registers("client data with "+what, r)
		s.verifies("client data with "+what, v, c)
	}
}

// shapes is other forms of the same JSON and CBOR.
func (s *sides) shapes(a *passkeytest.Authenticator, c webauthn.Credential) {
	r, v := a.Create(challenge).JSON(), a.Get(challenge).JSON()
	id, long := base64.RawURLEncoding.EncodeToString(a.ID), base64.URLEncoding.EncodeToString(a.ID)
	for what, change := range map[string][2]string{
		"padding": {id, long}, "padding in rawId": {`"rawId":"` + id, `"rawId":"` + long}, "another id": {`"id":"` + id, `"id":"AAAA`}, "no id": {`"id":"` + id + `",`, ``},
		"no rawId": {`"rawId":"` + id + `",`, ``}, "a line break": {`"rawId":"`, `"rawId":"\n`}, "stray bits": {id[len(id)-1:] + `","response`, `_","response`},
		"no type": {`,"type":"public-key"`, ``}, "another type": {`"public-key"`, `"password"`}, "a name twice": {`"type"`, `"type":"password","type"`},
		"names with capitals": {`"response":`, `"RESPONSE":`}, "something behind": {`"public-key"}`, `"public-key"} {}`}, "null behind": {`"public-key"}`, `"public-key"}null`},
		"a user of null": {`"userHandle":"` + base64.RawURLEncoding.EncodeToString(a.User) + `"`, `"userHandle":null`},
		"no user":        {`,"userHandle":"` + base64.RawURLEncoding.EncodeToString(a.User) + `"`, ``}, "an empty user": {base64.RawURLEncoding.EncodeToString(a.User), ``},
		"no results": {`"clientExtensionResults":{},`, ``}, "results of null": {`"clientExtensionResults":{}`, `"clientExtensionResults":null`},
		"no attachment": {`"authenticatorAttachment":"platform",`, ``}, "no transports": {`,"transports":["internal","hybrid"]`, ``}, "transports of null": {`["internal","hybrid"]`, `null`},
		"a lone surrogate": {`{"auth`, `{"x":"\ud800","auth`}, "deep JSON": {`{"auth`, `{"x":` + strings.Repeat("[", 50) + strings.Repeat("]", 50) + `,"auth`},
	} {
		s.registersJSON("JSON with "+what, strings.ReplaceAll(r, change[0], change[1]))
		s.verifiesJSON("JSON with "+what, strings.ReplaceAll(v, change[0], change[1]), c)
	}
	object := a.Create(challenge).Object
	data := object[len("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData"):]
	const format, statement = "\x63fmt\x64none", "\x67attStmt\xa0"
	auth := "\x68authData" + string(data)
	for what, object := range map[string]string{
		"another order": "\xa3" + auth + statement + format, "a count in two bytes": "\xb8\x03" + format + statement + auth, "no end that is said": "\xbf" + format + statement + auth + "\xff",
		"a name in two bytes": "\xa3\x78\x03fmt\x64none" + statement + auth, "a text in parts": "\xa3\x63fmt\x7f\x62no\x62ne\xff" + statement + auth,
		"a tag": "\xd9\xd9\xf7\xa3" + format + statement + auth, "a member twice": "\xa4" + format + format + statement + auth, "a member more": "\xa4" + format + statement + "\x61x\xf5" + auth,
		"a statement for none": "\xa3" + format + "\x67attStmt\xa1\x61x\x00" + auth, "a statement of null": "\xa3" + format + "\x67attStmt\xf6" + auth, "no statement": "\xa2" + format + auth,
		"a format of its own": "\xa3\x63fmt\x63own" + statement + auth, "an empty format": "\xa3\x63fmt\x60" + statement + auth, "no format": "\xa2" + statement + auth,
		"data of null": "\xa3" + format + statement + "\x68authData\xf6", "something behind": "\xa3" + format + statement + auth + "\x00", "names with capitals": "\xa3\x63FMT\x64none" + statement + auth,
	} {
		r := a.Create(challenge)
		r.Object = []byte(object)
		s.registers("an attestation object with "+what, r)
	}
}

// keys is public keys in other forms, attested.
func (s *sides) keys(a *passkeytest.Authenticator) {
	for what, change := range map[string]func(k []byte) []byte{
		"a count in two bytes":           func(k []byte) []byte { return append([]byte{0xb8, k[0] & 31}, k[1:]...) },
		"no end that is said":            func(k []byte) []byte { return slices.Concat([]byte{0xbf}, k[1:], []byte{0xff}) },
		"a label in two bytes":           func(k []byte) []byte { return slices.Concat(k[:1], []byte{0x18}, k[1:]) },
		"a label that is not prescribed": func(k []byte) []byte { return slices.Concat([]byte{k[0] + 1}, k[1:], []byte{0x04, 0x80}) },
		"a label twice":                  func(k []byte) []byte { return slices.Concat([]byte{k[0] + 1}, k[1:], []byte{1, 2}) },
		"a private key":                  func(k []byte) []byte { return slices.Concat([]byte{k[0] + 1}, k[1:], []byte{0x23, 0x41, 1}) },
		"another type":                   func(k []byte) []byte { k[2] ^= 3; return k },
		"another curve":                  func(k []byte) []byte { k[min(6, len(k)-1)] ^= 3; return k },
		"a point off the curve":          func(k []byte) []byte { k[len(k)-1] ^= 1; return k },
		"a number cut short":             func(k []byte) []byte { k[len(k)-34]--; return k[:len(k)-1] },
		"zeros":                          func(k []byte) []byte { clear(k[len(k)-32:]); return k },
		"no algorithm":                   func(k []byte) []byte { return slices.Concat([]byte{k[0] - 1}, k[1:3], k[5:]) },
		"a text for the type":            func(k []byte) []byte { return slices.Concat(k[:2], []byte("\x61x"), k[3:]) },
	} {
		b := *a
		b.COSE = change(bytes.Clone(a.COSE))
		s.registers("a key with "+what, b.Create(challenge))
	}
}

// spoilt is answers of which something was changed after they were signed.
func (s *sides) spoilt(a *passkeytest.Authenticator, c webauthn.Credential, dice *rand.Rand) {
	other := passkeytest.New(passkeytest.ES256(), account, origin, rpID)
	other.Count = 9
	or, ov := other.Create(challenge), other.Get(challenge)
	for range 150 {
		r, v := a.Create(challenge), a.Get(challenge)
		part := []*[]byte{&r.ID, &r.ClientData, &r.Object, &r.Object}[dice.IntN(4)]
		what := spoil(part, [][]byte{or.ID, or.ClientData, or.Object}, dice)
		s.registers(what, r)
		part = []*[]byte{&v.ID, &v.ClientData, &v.Data, &v.Signature, &v.User}[dice.IntN(5)]
		what = spoil(part, [][]byte{ov.ID, ov.ClientData, ov.Data, ov.Signature, or.ClientData}, dice)
		s.verifies(what, v, c)
		text := []byte(a.Create(challenge).JSON())
		what = spoil(&text, nil, dice)
		s.registersJSON("the text, "+what, string(text))
		text = []byte(a.Get(challenge).JSON())
		what = spoil(&text, nil, dice)
		s.verifiesJSON("the text, "+what, string(text), c)
	}
}

// spoil changes some octets, and says how.
func spoil(part *[]byte, others [][]byte, dice *rand.Rand) string {
	b := bytes.Clone(*part)
	at := dice.IntN(len(b))
	defer func() { *part = b }()
	switch dice.IntN(6) {
	case 0, 1:
		b[at] ^= 1 << dice.IntN(8)
		return "a bit flipped"
	case 2:
		b = b[:at]
		return "cut short"
	case 3:
		b = slices.Insert(b, at, byte(dice.IntN(256)))
		return "an octet more"
	case 4:
		b = slices.Delete(b, at, at+1)
		return "an octet less"
	}
	if len(others) == 0 {
		b[at] = byte(dice.IntN(256))
		return "another octet"
	}
	b = others[dice.IntN(len(others))]
	return "a part of another answer"
}
