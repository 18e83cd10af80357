package httpd

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/strictjson"
)

// limitBody cuts the body at the route's limit, and refuses at once what announces more.
func limitBody(w http.ResponseWriter, r *http.Request, limit int64) error {
	if limit == NoBody {
		limit = 0
	}
	if r.ContentLength > limit {
		return fault.Refuse(fault.BodyTooLarge, limit)
	}
	if r.Body != http.NoBody {
		r.Body = http.MaxBytesReader(w, r.Body, limit)
	}
	return nil
}

func readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, fault.Refuse(fault.BodyTooLarge, tooLarge.Limit)
	}
	if err != nil {
		return nil, fault.Refuse(fault.BodyMalformed, "it ends early").Because(err)
	}
	return body, nil
}

// ReadJSON reads a body that must be one JSON object with members that In declares, spelled exactly so, each once. An empty body is
// an empty object.
func ReadJSON[In any](r *http.Request) (in In, err error) {
	body, err := readBody(r)
	if err != nil || len(body) == 0 {
		return in, err
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || !isJSON(r.Method, media) {
		return in, fault.Refuse(fault.MediaType, "application/json")
	}
	known := members(reflect.TypeFor[In]())
	err = strictjson.ParseObject(body, func(name string, v strictjson.Value) error {
		if !slices.Contains(known, name) {
			known := strings.Join(known, ", ")
			return fault.Refuse(fault.BodyMalformed, fmt.Sprintf("it has the member %s, which is not known here; known are %s", excerpt(name), known))
		}
		return nil
	})
	if err == nil {
		err = json.Unmarshal(body, &in)
	}
	return in, refuseBody(err)
}

// isJSON also takes the type that a change of a resource has by RFC 7396.
func isJSON(method, media string) bool {
	return media == "application/json" || method == http.MethodPatch && media == "application/merge-patch+json"
}

// excerpt is what a stranger wrote, as far as a sentence can bear it.
func excerpt(name string) string {
	if len(name) > 40 {
		name = strings.ToValidUTF8(name[:40], "") + "..."
	}
	return strconv.QuoteToASCII(name)
}

// members lists the names that a struct, and those embedded in it, declare by their json tags.
func members(t reflect.Type) (names []string) {
	for f := range t.Fields() {
		if f.Anonymous {
			names = append(names, members(f.Type)...)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

func refuseBody(err error) error {
	if err == nil {
		return nil
	}
	if isRefusal(err) {
		return fault.From(err)
	}
	if se, ok := errors.AsType[*strictjson.SyntaxError](err); ok {
		return fault.Refuse(fault.BodyMalformed, fmt.Sprintf("line %d, column %d: %s", se.Line, se.Column, se.Msg)).Because(err)
	}
	if te, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && te.Field != "" {
		return fault.Refuse(fault.BodyMalformed, te.Field+" has the wrong type").Because(err)
	}
	return fault.Refuse(fault.BodyMalformed, "it is not the JSON object expected here").Because(err)
}

// ReadForm reads a form (application/x-www-form-urlencoded). A field that comes twice is refused, because two readers could take
// different ones.
func ReadForm(r *http.Request) (url.Values, error) {
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/x-www-form-urlencoded" {
		return nil, fault.Refuse(fault.MediaType, "application/x-www-form-urlencoded")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, fault.Refuse(fault.BodyMalformed, "it is no form").Because(err)
	}
	for _, values := range form {
		if len(values) > 1 {
			return nil, fault.Refuse(fault.BodyMalformed, "a field comes twice")
		}
	}
	return form, nil
}

// ReadParams reads the parameters of an OAuth request from its body (RFC 6749, appendix B). Errors are those of [oauth.ParseParams].
func ReadParams(r *http.Request) (oauth.Params, error) {
	body, err := readBody(r)
	if err != nil {
		return oauth.Params{}, err
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/x-www-form-urlencoded" {
		return oauth.Params{}, fault.Refuse(fault.MediaType, "application/x-www-form-urlencoded")
	}
	return oauth.ParseParams(string(body))
}

// WriteJSON writes an answer.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // The client may be gone; nobody is left to tell.
	return nil
}

// WritePage answers with a page. It is drawn into memory first, so that a failure never leaves half of one.
func WritePage[P any](w http.ResponseWriter, status int, draw func(io.Writer, P) error, page P) error {
	var b bytes.Buffer
	if err := draw(&b, page); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // The client may be gone; nobody is left to tell.
	return nil
}
