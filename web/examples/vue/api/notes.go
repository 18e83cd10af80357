package main

import (
	"cmp"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/lingpai/lingpai"
)

// note is one note as it travels. Lengths are counted in characters.
type note struct {
	ID        string    `json:"id"`
	Title     string    `json:"title"`
	Text      string    `json:"text"`
	ChangedAt time.Time `json:"changed_at"`
}

const (
	mostNotes = 200
	mostTitle = 120
	mostText  = 5000
)

// notes holds everybody's notes, newest change first, by the user's id. Safe for concurrent use.
type notes struct {
	mu  sync.Mutex
	of  map[string][]note
	now func() time.Time
}

func (n *notes) list(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	mine := slices.Clone(n.of[person(r)])
	n.mu.Unlock()
	slices.SortFunc(mine, func(a, b note) int { return cmp.Or(b.ChangedAt.Compare(a.ChangedAt), cmp.Compare(a.ID, b.ID)) })
	if mine == nil {
		mine = []note{}
	}
	answer(w, http.StatusOK, mine)
}

func (n *notes) add(w http.ResponseWriter, r *http.Request) {
	written, ok := readNote(w, r)
	if !ok {
		return
	}
	written.ID, written.ChangedAt = rand.Text(), n.now().UTC()
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.of[person(r)]) >= mostNotes {
		refuse(w, http.StatusConflict, "notes_full", "There are 200 notes already. Delete one first.")
		return
	}
	n.of[person(r)] = append(n.of[person(r)], written)
	answer(w, http.StatusCreated, written)
}

func (n *notes) change(w http.ResponseWriter, r *http.Request) {
	written, ok := readNote(w, r)
	if !ok {
		return
	}
	written.ID, written.ChangedAt = r.PathValue("id"), n.now().UTC()
	n.mu.Lock()
	defer n.mu.Unlock()
	mine := n.of[person(r)]
	i := slices.IndexFunc(mine, func(old note) bool { return old.ID == written.ID })
	if i < 0 {
		refuse(w, http.StatusNotFound, "note_unknown", "There is no such note.")
		return
	}
	mine[i] = written
	answer(w, http.StatusOK, written)
}

// remove succeeds for a note that is gone already, so that a request may be sent twice.
func (n *notes) remove(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.of[person(r)] = slices.DeleteFunc(n.of[person(r)], func(old note) bool { return old.ID == r.PathValue("id") })
	w.WriteHeader(http.StatusNoContent)
}

// people counts; it shows nobody's notes, not even to an administrator.
func (n *notes) people(w http.ResponseWriter, _ *http.Request) {
	type count struct {
		User  string `json:"user"`
		Notes int    `json:"notes"`
	}
	n.mu.Lock()
	counts := make([]count, 0, len(n.of))
	for user, theirs := range n.of {
		counts = append(counts, count{user, len(theirs)})
	}
	n.mu.Unlock()
	slices.SortFunc(counts, func(a, b count) int { return cmp.Compare(a.User, b.User) })
	answer(w, http.StatusOK, counts)
}

// vault has a lock of its own. Its 401 is about the PIN and says nothing about the token, so a client must neither refresh nor sign out.
func vault(w http.ResponseWriter, r *http.Request) {
	var try struct {
		PIN string `json:"pin"`
	}
	if !read(w, r, &try) {
		return
	}
	if subtle.ConstantTimeCompare([]byte(try.PIN), []byte("2468")) == 0 {
		w.Header().Set("WWW-Authenticate", `PIN realm="vault"`)
		refuse(w, http.StatusUnauthorized, "pin_wrong", "That is not the PIN.")
		return
	}
	answer(w, http.StatusOK, map[string]string{"text": "The spare key is under the third flower pot."})
}

// person is who asks: behind the doors of newHandler there is always somebody.
func person(r *http.Request) string {
	claims, _ := lingpai.FromContext(r.Context())
	return claims.Subject
}

func readNote(w http.ResponseWriter, r *http.Request) (note, bool) {
	var written struct {
		Title string `json:"title"`
		Text  string `json:"text"`
	}
	if !read(w, r, &written) {
		return note{}, false
	}
	if utf8.RuneCountInString(written.Title) > mostTitle || utf8.RuneCountInString(written.Text) > mostText {
		refuse(w, http.StatusUnprocessableEntity, "note_too_long", "A title has up to 120 characters, a text up to 5,000.")
		return note{}, false
	}
	return note{Title: written.Title, Text: written.Text}, true
}

// read takes one JSON object of at most 32 KiB. A page of another origin cannot send this type without a preflight, which nobody answers.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 32<<10))
	decoder.DisallowUnknownFields()
	if r.Header.Get("Content-Type") != "application/json" || decoder.Decode(into) != nil || decoder.More() {
		refuse(w, http.StatusBadRequest, "body_malformed", "The body is not the JSON that belongs here.")
		return false
	}
	return true
}

func answer(w http.ResponseWriter, status int, value any) {
	write(w, status, "application/json", value)
}

// refuse answers like the middleware does (RFC 9457), so that the app reads one kind of refusal.
func refuse(w http.ResponseWriter, status int, code, detail string) {
	write(w, status, "application/problem+json", map[string]any{
		"type": "about:blank", "title": http.StatusText(status), "status": status, "code": code, "detail": detail,
	})
}

func write(w http.ResponseWriter, status int, kind string, value any) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // Whoever has gone away needs no answer.
}
