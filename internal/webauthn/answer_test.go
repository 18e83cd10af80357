package webauthn

import (
	"errors"
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/passkeytest"
)

// Each replaces a part of an answer that is good otherwise.
func TestAnAnswerHasOneForm(t *testing.T) {
	a := device(passkeytest.ES256())
	c := made(t, a)
	id := base64url.EncodeToString(a.ID)
	good := a.Get(asked).JSON()
	for what, change := range map[string][2]string{
		"no id":                        {`"id":"` + id + `",`, ``},
		"no rawId":                     {`"rawId":"` + id + `",`, ``},
		"an id that differs":           {`"id":"` + id, `"id":"` + id[4:]},
		"an id with padding":           {`"rawId":"` + id, `"rawId":"` + id + `=`},
		"a line break in base64url":    {`"rawId":"` + id[:4], `"rawId":"` + id[:4] + `\n`},
		"base64 of the other kind":     {`"signature":"`, `"signature":"+/+/`},
		"an id that is a number":       {`"rawId":"` + id + `"`, `"rawId":1`},
		"no type":                      {`,"type":"public-key"`, ``},
		"another type":                 {`"public-key"`, `"password"`},
		"a name twice":                 {`{"authenticatorAttachment"`, `{"id":"x","authenticatorAttachment"`},
		"a name with capitals":         {`{"authenticatorAttachment"`, `{"ID":"x","authenticatorAttachment"`},
		"a name twice in response":     {`"response":{`, `"response":{"signature":"AA",`},
		"a response that is no object": {`"response":{`, `"response":[],"other":{`},
		"no response":                  {`"response":{`, `"other":{`},
		"no data":                      {`"authenticatorData"`, `"other"`},
		"no client data":               {`"clientDataJSON"`, `"other"`},
		"client data of bad JSON":      {`"clientDataJSON":"`, `"clientDataJSON":"AAAA`},
		"a user that is a number":      {`"userHandle":"` + base64url.EncodeToString(a.User) + `"`, `"userHandle":7`},
		"something behind":             {`"type":"public-key"}`, `"type":"public-key"}{}`},
	} {
		if !strings.Contains(good, change[0]) {
			t.Fatalf("%s: nothing to change", what)
		}
		if _, err := us.verifies(strings.Replace(good, change[0], change[1], 1), c); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, null := range []string{`"userHandle":null`, `"other":0`} {
		without := strings.Replace(good, `"userHandle":"`+base64url.EncodeToString(a.User)+`"`, null, 1)
		if _, err := us.verifies(without, c); !errors.Is(err, ErrUser) {
			t.Errorf("%s: %v", null, err)
		}
	}
	if _, err := us.verifies(strings.Replace(good, `"signature"`, `"other"`, 1), c); !errors.Is(err, ErrSignature) {
		t.Errorf("no signature: %v", err)
	}
	padded := good + strings.Repeat(" ", MaxAnswer-len(good))
	if _, err := us.verifies(padded, c); err != nil {
		t.Errorf("as long as may be: %v", err)
	}
	if _, err := us.verifies(padded+" ", c); !errors.Is(err, ErrMalformed) {
		t.Errorf("too long: %v", err)
	}
}

func TestTransportsAreTexts(t *testing.T) {
	good := device(passkeytest.ES256()).Create(asked).JSON()
	for _, wrong := range []string{`"usb"`, `[1]`, `null`, `{}`} {
		if _, err := us.registers(strings.Replace(good, `["internal","hybrid"]`, wrong, 1)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
	c, err := us.registers(strings.Replace(good, `"transports"`, `"other"`, 1))
	if err != nil || c.Transports != nil {
		t.Errorf("%v, %v", c.Transports, err)
	}
}

func TestAnAttestationObjectHasThreeMembers(t *testing.T) {
	a := device(passkeytest.ES256())
	r := a.Create(asked)
	data := r.Object[len("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData"):]
	const format, none, self = "\x63fmt", "\x64none", "\x66packed"
	for what, object := range map[string]string{
		"nothing":                      "",
		"no map":                       "\x80",
		"an empty map":                 "\xa0",
		"no format":                    "\xa2\x67attStmt\xa0\x68authData" + string(data),
		"no statement":                 "\xa2" + format + none + "\x68authData" + string(data),
		"no data":                      "\xa2" + format + none + "\x67attStmt\xa0",
		"a format that is a number":    "\xa3" + format + "\x01\x67attStmt\xa0\x68authData" + string(data),
		"a statement that is an array": "\xa3" + format + self + "\x67attStmt\x80\x68authData" + string(data),
		"a statement for none":         "\xa3" + format + none + "\x67attStmt\xa1\x63alg\x26\x68authData" + string(data),
		"data that is a text":          "\xa3" + format + none + "\x67attStmt\xa0\x68authData\x61a",
		"a fourth member":              "\xa4" + format + none + "\x67attStmt\xa0\x65epAtt\xf5\x68authData" + string(data),
		"numbers for names":            "\xa3\x01" + none + "\x03\xa0\x02" + string(data),
		"something behind":             string(r.Object) + "\x00",
		"a length that is not said":    "\xbf" + string(r.Object[1:]) + "\xff",
	} {
		r := r
		r.Object = []byte(object)
		if _, err := register(r); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, object := range map[string]string{
		"in another order":           "\xa3\x68authData" + string(data) + "\x67attStmt\xa0" + format + none,
		"a statement of some format": "\xa3" + format + self + "\x67attStmt\xa3\x63alg\x26\x63sig\x41\x00\x63x5c\x81\x41\x00\x68authData" + string(data),
	} {
		r := r
		r.Object = []byte(object)
		if _, err := register(r); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A relying party of the standard looks at the origin in client data; the log may say which it was, and no more than fits.
func TestAnErrorSaysWhichOriginAsked(t *testing.T) {
	a := device(passkeytest.ES256())
	c := made(t, a)
	a.Origin = "https://evil.example/" + strings.Repeat("x", 10_000)
	_, err := verify(a.Get(asked), c)
	if err == nil || !strings.Contains(err.Error(), "https://evil.example/xxx") || len(err.Error()) > 300 || strings.Contains(err.Error(), asked) {
		t.Errorf("%.400v", err)
	}
}
