package crud

import (
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/lingpai/lingpai/internal/devserver/ordered"
	"github.com/lingpai/lingpai/internal/devserver/route"
	"github.com/lingpai/lingpai/internal/fault"
)

// reply is what is to be answered once the store is free again.
type reply struct {
	status int
	value  any // nil: {}
}

// Answer answers a request for what stands below prefix, or reports that the file has nothing there. Where the file is one collection, or has one
// that is named like the last segment of the prefix, that is what stands at the prefix itself.
func (s *Store) Answer(w http.ResponseWriter, r *http.Request, prefix string) (answered bool, err error) {
	prefix = strings.TrimSuffix(prefix, "/")
	rest, ok := strings.CutPrefix(r.URL.Path, prefix)
	if !ok {
		return false, nil
	}
	parts := strings.Split(strings.Trim(rest, "/"), "/")
	data, err := route.Peek(r)
	if err != nil {
		return true, err
	}
	out, err := s.act(w, r, path.Base(prefix), parts, data)
	if errors.Is(err, errNothing) {
		return false, nil
	}
	if err != nil {
		return true, err
	}
	return true, send(w, *out)
}

func send(w http.ResponseWriter, out reply) error {
	if out.value == nil {
		out.value = new(ordered.Object)
	}
	text, err := ordered.MarshalIndent(out.value)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(out.status)
	_, err = w.Write(text)
	return err
}

// errNothing says that a request is for nothing in the file.
var errNothing = errors.New("nothing in the file")

// act does what a request asks for.
func (s *Store) act(w http.ResponseWriter, r *http.Request, at string, parts []string, data []byte) (*reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refresh(); err != nil {
		return nil, err
	}
	parts = s.named(at, parts)
	name := parts[0]
	if _, there := s.data.Get(name); !there {
		if len(parts) == 1 && (name == "db" || name == "") && isRead(r) {
			return &reply{http.StatusOK, s.data.Clone()}, nil
		}
		return nil, errNothing
	}
	if _, ok := s.collection(name); !ok {
		return s.single(r, parts, data)
	}
	switch len(parts) {
	case 1:
		return s.many(w, r, name, data)
	case 2:
		return s.one(r, name, parts[1], data)
	case 3:
		return s.below(w, r, parts, data)
	}
	return nil, errNothing
}

// named begins the parts of an address with the name of a member, where they leave it to the place at which they stand.
func (s *Store) named(at string, parts []string) []string {
	if s.alone {
		at = ""
	} else if _, there := s.data.Get(parts[0]); there {
		return parts
	}
	if _, there := s.data.Get(at); !there {
		return parts
	}
	if parts[0] == "" {
		return []string{at}
	}
	return append([]string{at}, parts...)
}

func isRead(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// many is /posts: list and add.
func (s *Store) many(w http.ResponseWriter, r *http.Request, name string, data []byte) (*reply, error) {
	items, _ := s.collection(name)
	switch {
	case isRead(r):
		return &reply{http.StatusOK, s.list(w, r, name, items)}, nil
	case r.Method == http.MethodPost:
		return s.add(w, r, name, data, nil)
	}
	w.Header().Set("Allow", "GET, HEAD, POST")
	return nil, fault.Refuse(fault.MethodNotAllowed, r.Method)
}

// add appends an item, with an id if it brings none, and with the foreign key of the parent below which it was posted.
func (s *Store) add(w http.ResponseWriter, r *http.Request, name string, data []byte, key func(o *ordered.Object)) (*reply, error) {
	o, err := body(data)
	if err != nil {
		return nil, fault.Refuse(fault.BodyMalformed, err.Error())
	}
	items, _ := s.collection(name)
	if id, ok := o.Get("id"); !ok || ordered.Text(id) == "" {
		o.Delete("id")
		o.Set("id", nextID(items))
	}
	if find(items, idOf(o)) >= 0 {
		return nil, fault.Refuse(fault.FieldInvalid, fmt.Sprintf("There is an item with the id %s already.", idOf(o)))
	}
	if key != nil {
		key(o)
	}
	s.data.Set(name, append(slices.Clone(items), any(o)))
	if err := s.save(); err != nil {
		return nil, err
	}
	w.Header().Set("Location", strings.TrimSuffix(r.URL.Path, "/")+"/"+idOf(o))
	return &reply{http.StatusCreated, o}, nil
}

// one is /posts/1: read, replace, change, remove.
func (s *Store) one(r *http.Request, name, id string, data []byte) (*reply, error) {
	items, _ := s.collection(name)
	at := find(items, id)
	if at < 0 {
		return &reply{http.StatusNotFound, nil}, nil
	}
	if isRead(r) {
		return &reply{http.StatusOK, s.related(name, items[at], r.URL.Query())}, nil
	}
	if r.Method == http.MethodDelete {
		return s.remove(name, at, split(r.URL.Query()["_dependent"]))
	}
	old, _ := items[at].(*ordered.Object)
	o, err := merged(r, old, data)
	if err != nil {
		return nil, err
	}
	items = slices.Clone(items)
	items[at] = o
	s.data.Set(name, items)
	return &reply{http.StatusOK, o}, s.save()
}

// merged is what PUT and PATCH make of an object. The id stays.
func merged(r *http.Request, old *ordered.Object, data []byte) (*ordered.Object, error) {
	given, err := body(data)
	if err != nil {
		return nil, fault.Refuse(fault.BodyMalformed, err.Error())
	}
	id, hasID := old.Get("id")
	var o *ordered.Object
	switch r.Method {
	case http.MethodPatch:
		o = old.Clone()
		for _, name := range given.Names() {
			v, _ := given.Get(name)
			o.Set(name, v)
		}
	case http.MethodPut:
		o = given
	default:
		return nil, fault.Refuse(fault.MethodNotAllowed, r.Method)
	}
	if hasID {
		o.Set("id", id)
	}
	return o, nil
}

// remove deletes an item, and with it the items of other collections that _dependent names and that belong to it.
func (s *Store) remove(name string, at int, dependent []string) (*reply, error) {
	items, _ := s.collection(name)
	gone := items[at]
	s.data.Set(name, slices.Delete(slices.Clone(items), at, at+1))
	key := singular(name) + "Id"
	for _, other := range dependent {
		if rest, ok := s.collection(other); ok {
			s.data.Set(other, slices.DeleteFunc(slices.Clone(rest), func(it any) bool {
				v, ok := ordered.Lookup(it, key)
				return ok && ordered.Text(v) == idOf(gone)
			}))
		}
	}
	return &reply{http.StatusOK, nil}, s.save()
}

// below is /posts/1/comments: the comments of the post 1.
func (s *Store) below(w http.ResponseWriter, r *http.Request, parts []string, data []byte) (*reply, error) {
	items, ok := s.collection(parts[2])
	if !ok {
		return nil, errNothing
	}
	parents, _ := s.collection(parts[0])
	at := find(parents, parts[1])
	key := singular(parts[0]) + "Id"
	switch {
	case isRead(r):
		return &reply{http.StatusOK, s.list(w, r, parts[2], children(items, key, parts[1]))}, nil
	case at < 0:
		return &reply{http.StatusNotFound, nil}, nil
	case r.Method == http.MethodPost:
		id, _ := parents[at].(*ordered.Object).Get("id")
		return s.add(w, r, parts[2], data, func(o *ordered.Object) { o.Set(key, id) })
	}
	return nil, fault.Refuse(fault.MethodNotAllowed, r.Method)
}

// single is /profile: an object that there is one of.
func (s *Store) single(r *http.Request, parts []string, data []byte) (*reply, error) {
	v, _ := s.data.Get(parts[0])
	if len(parts) > 1 {
		return nil, errNothing
	}
	if isRead(r) {
		return &reply{http.StatusOK, v}, nil
	}
	old, ok := v.(*ordered.Object)
	if !ok {
		return nil, fault.Refuse(fault.MethodNotAllowed, r.Method)
	}
	status, asked := http.StatusOK, r
	if r.Method == http.MethodPost { // json-server replaces it
		put := *r
		put.Method = http.MethodPut
		asked, status = &put, http.StatusCreated
	}
	o, err := merged(asked, old, data)
	if err != nil {
		return nil, err
	}
	s.data.Set(parts[0], o)
	return &reply{status, o}, s.save()
}
