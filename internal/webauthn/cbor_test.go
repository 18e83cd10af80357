package webauthn

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func TestCBORIsReadInItsShortestForm(t *testing.T) {
	for what, item := range map[string]string{
		"zero": "00", "23": "17", "24": "1818", "255": "18ff", "256": "190100", "65536": "1a00010000", "2^32": "1b0000000100000000",
		"the largest": "1b7fffffffffffffff", "-1": "20", "-257": "390100", "the smallest": "3b7fffffffffffffff",
		"no bytes": "40", "bytes": "43010203", "24 bytes": "5818" + strings.Repeat("00", 24), "no text": "60", "text": "63e4bba4", "booleans": "82f4f5", "null": "f6",
		"an array": "83010203", "maps": "a201a0206161", "four levels": "81818180", "four levels of maps": "a101a101a101a0", "64 entries": "9840" + strings.Repeat("00", 64),
	} {
		data := unhex(t, item)
		got, err := readCBOR(data)
		if err != nil || string(got) != string(data) {
			t.Errorf("%s: %x, %v", what, got, err)
		}
	}
}

func TestOtherCBORIsRefused(t *testing.T) {
	for what, item := range map[string]string{
		"nothing": "", "something behind": "0000",
		"0 in two bytes": "1800", "23 in two bytes": "1817", "255 in three": "1900ff", "65535 in five": "1a0000ffff", "2^32-1 in nine": "1b00000000ffffffff",
		"beyond 64 bits": "1b8000000000000000", "beyond 64 bits, negative": "3b8000000000000000",
		"a length in more bytes than it takes": "580100", "a count in more bytes than it takes": "9801" + "00",
		"bytes without an end": "5f4100ff", "a text without an end": "7f6161ff", "an array without an end": "9f00ff", "a map without an end": "bf0000ff", "a break": "ff",
		"reserved": "1c", "reserved too": "1e",
		"a tag": "c000", "a tag of one byte": "d81800", "half a float": "f90000", "a float": "fa00000000", "a double": "fb0000000000000000",
		"undefined": "f7", "a simple value": "e0", "a simple value in two bytes": "f820", "false in two bytes": "f814",
		"a number cut short": "19", "a longer one": "1b00000001", "bytes cut short": "4201", "a length beyond memory": "5b7fffffffffffffff", "an array cut short": "8201", "a map cut short": "a101",
		"a map without its name": "a1", "no UTF-8": "61ff", "half a surrogate": "63eda080",
		"a name twice": "a201000100", "a text twice": "a2616100616100", "a name that is bytes": "a1410000", "a name that is an array": "a18000", "a name that is a boolean": "a1f500", "a name that is a tag": "a1c00000",
		"five levels": "8181818180", "five levels of maps": "a101a101a101a101a0", "65 entries": "9841" + strings.Repeat("00", 65), "entries beyond memory": "9b7fffffffffffffff",
	} {
		if got, err := readCBOR(unhex(t, item)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %x, %v", what, []byte(got), err)
		}
	}
}

func TestAccessorsTakeTheirKindAlone(t *testing.T) {
	for _, v := range []string{"01", "20", "4101", "6161", "80", "a0", "f5", ""} {
		item := cbor(unhex(t, v))
		_, isInt := item.int()
		_, isBytes := item.bytes()
		_, isText := item.text()
		_, _, isMap := item.entries()
		got := map[string]bool{"01": isInt, "20": isInt, "4101": isBytes, "6161": isText, "a0": isMap}
		kinds := 0
		for _, is := range []bool{isInt, isBytes, isText, isMap} {
			if is {
				kinds++
			}
		}
		want := 0
		if is, has := got[v]; has {
			want = 1
			if !is {
				t.Errorf("%s is not of its kind", v)
			}
		}
		if kinds != want {
			t.Errorf("%q is of %d kinds", v, kinds)
		}
	}
	if n, ok := cbor(unhex(t, "3b7fffffffffffffff")).int(); !ok || n != -1<<63 {
		t.Errorf("the smallest number is %d", n)
	}
}

func TestAMapIsLeftEarly(t *testing.T) {
	members, n, _ := cbor(unhex(t, "a3010203040506")).entries()
	seen := 0
	for range members {
		seen++
		break
	}
	if n != 3 || seen != 1 {
		t.Errorf("%d of %d", seen, n)
	}
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	data, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
