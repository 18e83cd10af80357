package devserver

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/webui"
)

// mailRoutes are the letters, for people and for programs.
func (s *Server) mailRoutes(at func(pattern string, body int64, h httpd.Handler) httpd.Route) []httpd.Route {
	return []httpd.Route{
		at("GET "+apiPath+"mails", httpd.NoBody, s.listMails),
		at("DELETE "+apiPath+"mails", httpd.NoBody, s.deleteMails),
		{
			Pattern: "POST " + MailPath + "/empty", Surface: httpd.Browser, Auth: httpd.Public, CSRF: httpd.SameOrigin, CORS: httpd.OwnOrigin,
			Cache: httpd.NoStore, Body: 1 << 10, Handle: s.emptyMail,
		},
		{
			Pattern: "GET " + MailPath + "/html", Surface: httpd.Browser, Auth: httpd.Public, CSRF: httpd.SameOrigin, CORS: httpd.OwnOrigin,
			Cache: httpd.NoStore, Body: httpd.NoBody, Handle: s.mailHTML,
		},
	}
}

// mailPage lists the letters and shows one of them: that of ?m=, or else the newest.
func (s *Server) mailPage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	number, _ := strconv.Atoi(q.Get("m")) // 0 when there is none
	as := q.Get("as")
	if !slices.Contains(webui.MailViews, as) {
		as = webui.MailViews[0]
	}
	path := MailPath + "?as=" + as
	if number > 0 {
		path += "&m=" + strconv.Itoa(number)
	}
	page := webui.Mails{Frame: s.login.Frame(r, path), Newest: s.mail.newest(), As: as}
	letters := s.mail.all()
	for _, l := range letters {
		page.Letters = append(page.Letters, webui.Mail{
			Number: l.Number, At: l.At, Name: l.Name, To: l.To, From: l.From, Subject: l.Subject, Link: l.Link, Code: l.Code, Text: l.Text, Source: l.Source,
			Current: l.Number == number || number == 0 && l.Number == letters[0].Number,
		})
	}
	httpd.AllowConfined(w.Header())
	return httpd.WritePage(w, http.StatusOK, s.login.UI.Mails, page)
}

// mailHTML is the HTML of the letter that ?m= names, for the frame on the page. Links open in a window of their own, as from a program that
// shows mail.
func (s *Server) mailHTML(w http.ResponseWriter, r *http.Request) error {
	number, err := strconv.Atoi(r.URL.Query().Get("m"))
	letters := s.mail.all()
	i := slices.IndexFunc(letters, func(l Caught) bool { return l.Number == number })
	if err != nil || i < 0 {
		return fault.Refuse(fault.NotFound)
	}
	httpd.Confine(w.Header())
	_, err = io.WriteString(w, strings.Replace(letters[i].HTML, "<head>", `<head><base target="_blank">`, 1))
	return err
}

func (s *Server) emptyMail(w http.ResponseWriter, r *http.Request) error {
	if _, err := httpd.ReadForm(r); err != nil {
		return err
	}
	s.mail.empty()
	http.Redirect(w, r, MailPath, http.StatusSeeOther)
	return nil
}

// listMails lists the letters, newest first: those to ?to=, and those after number ?after=, for the first of which it waits.
func (s *Server) listMails(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if text := q.Get("after"); text != "" {
		after, err := strconv.Atoi(text)
		if err != nil {
			return fault.Refuse(fault.RequestMalformed, "after is not a number").Because(err)
		}
		if err := http.NewResponseController(w).SetWriteDeadline(time.Time{}); err != nil {
			return err
		}
		return write(w, map[string]any{"mails": s.awaitMails(r.Context(), q.Get("to"), after)})
	}
	return write(w, map[string]any{"mails": s.mailsTo(q.Get("to"), 0)})
}

// awaitMails waits until there is a letter, or for as long as news take at most.
func (s *Server) awaitMails(ctx context.Context, to string, after int) []Caught {
	ctx, cancel := context.WithTimeout(ctx, newsPatience)
	defer cancel()
	for {
		more := s.mail.bell.Rings()
		if found := s.mailsTo(to, after); len(found) > 0 {
			return found
		}
		select {
		case <-more:
		case <-ctx.Done():
			return []Caught{}
		case <-s.closing:
			return []Caught{}
		}
	}
}

func (s *Server) mailsTo(to string, after int) []Caught {
	out := []Caught{}
	for _, l := range s.mail.all() {
		if l.Number > after && (to == "" || strings.EqualFold(to, l.To)) {
			out = append(out, l)
		}
	}
	return out
}

func (s *Server) deleteMails(w http.ResponseWriter, _ *http.Request) error {
	s.mail.empty()
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// Mails are the letters that were caught, newest first.
func (s *Server) Mails() []Caught { return s.mail.all() }

// MailRings returns a channel that is closed when the next letter is caught.
func (s *Server) MailRings() <-chan struct{} { return s.mail.bell.Rings() }
