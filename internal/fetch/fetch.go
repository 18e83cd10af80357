package fetch

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/trace"
)

// Options are the bounds of a [Fetcher]. What is zero takes its default.
type Options struct {
	// InsecureLoopback allows addresses of this machine, by http as well as https, and no others that are closed otherwise.
	InsecureLoopback bool
	// Private allows addresses of private networks as well (RFC 1918, RFC 4193, RFC 6598), for calls to what the operator has named.
	Private bool
	// Roots are the certificate authorities that are believed; nil for those of the system.
	Roots *x509.CertPool
	// Timeout bounds one call from the lookup of the name to the last byte. Default: 5 s.
	Timeout time.Duration
	// MaxBytes bounds the body of an answer, unless the call says less. Default: 64 KiB.
	MaxBytes int64
	// Most is how many calls run at a time; others wait within their own time. Default: 32.
	Most int
}

// Fetcher makes calls. It is safe for concurrent use.
type Fetcher struct {
	client   *http.Client
	loopback bool
	private  bool
	timeout  time.Duration
	maxBytes int64
	places   chan struct{}
}

// New makes a Fetcher.
func New(o Options) *Fetcher {
	f := &Fetcher{
		loopback: o.InsecureLoopback, private: o.Private, timeout: cmp.Or(o.Timeout, 5*time.Second), maxBytes: cmp.Or(o.MaxBytes, 64<<10),
		places: make(chan struct{}, cmp.Or(o.Most, 32)),
	}
	f.client = &http.Client{
		Transport:     transport(f.allows, o.Roots),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return f
}

// Document is what an address answered.
type Document struct {
	Body []byte
	// Type is the media type, in small letters and without parameters.
	Type string
	// FreshFor is how long the answer says that it may be kept; zero when it does not say, or says not at all.
	FreshFor time.Duration
	// More says that the answer is a page of a list, and that another follows (RFC 8288, RFC 5005). Where it is, the caller knows.
	More bool
}

// Get reads the document at an address. Only 200 is a document. maxBytes, if it is positive, lowers the bound on its size; accept is the
// media type to ask for. The error says what was wrong in words for a log; it repeats the address and nothing of the answer's body.
func (f *Fetcher) Get(ctx context.Context, address, accept string, maxBytes int64) (Document, error) {
	return f.get(ctx, address, maxBytes, func(h http.Header) { h.Set("Accept", accept) })
}

// GetWith reads the document at an address, with more headers.
func (f *Fetcher) GetWith(ctx context.Context, address string, header http.Header) (Document, error) {
	return f.get(ctx, address, 0, func(h http.Header) { maps.Copy(h, header) })
}

// GetAs reads the JSON document at an address that a bearer token opens.
func (f *Fetcher) GetAs(ctx context.Context, address, bearer string) (Document, error) {
	return f.get(ctx, address, 0, func(h http.Header) {
		h.Set("Accept", "application/json")
		h.Set("Authorization", "Bearer "+bearer)
	})
}

func (f *Fetcher) get(ctx context.Context, address string, maxBytes int64, dress func(http.Header)) (Document, error) {
	if maxBytes <= 0 || maxBytes > f.maxBytes {
		maxBytes = f.maxBytes
	}
	var doc Document
	err := f.call(ctx, http.MethodGet, address, nil, dress, func(resp *http.Response) (err error) {
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("it answered %d, not 200", resp.StatusCode)
		}
		doc, err = read(resp, maxBytes)
		return err
	})
	return doc, err
}

// Post sends a form and reports the status of the answer, whose body nobody reads.
func (f *Fetcher) Post(ctx context.Context, address string, form url.Values) (status int, err error) {
	dress := func(h http.Header) { h.Set("Content-Type", "application/x-www-form-urlencoded") }
	err = f.call(ctx, http.MethodPost, address, strings.NewReader(form.Encode()), dress, func(resp *http.Response) error {
		status = resp.StatusCode
		return nil
	})
	return status, err
}

// Ask sends a form, with the credentials of a client if there are any, and reads the answer, whatever its status.
func (f *Fetcher) Ask(ctx context.Context, address string, form url.Values, auth *url.Userinfo) (status int, doc Document, err error) {
	dress := func(h http.Header) {
		h.Set("Content-Type", "application/x-www-form-urlencoded")
		h.Set("Accept", "application/json")
		if auth != nil {
			password, _ := auth.Password()
			h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(auth.Username()+":"+password)))
		}
	}
	err = f.call(ctx, http.MethodPost, address, strings.NewReader(form.Encode()), dress, func(resp *http.Response) (err error) {
		status = resp.StatusCode
		doc, err = read(resp, f.maxBytes)
		return err
	})
	return status, doc, err
}

func (f *Fetcher) call(ctx context.Context, method, address string, body io.Reader, dress func(http.Header), take func(*http.Response) error) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("fetch %q: %w", clip(address), plain(err))
		}
	}()
	if err := f.Check(address); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	select {
	case f.places <- struct{}{}:
		defer func() { <-f.places }()
	case <-ctx.Done():
		return errors.New("too many calls are under way")
	}
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return err
	}
	req.Header.Set("User-Agent", "lingpai")
	req.Header.Set("Accept-Encoding", "identity")
	dress(req.Header)
	_, span := trace.Start(ctx, "fetch", trace.Client)
	defer func() { span.End(err) }()
	span.Set("server.address", req.URL.Hostname())
	resp, err := f.client.Do(req)
	if err != nil {
		return err
	}
	span.SetNumber("http.response.status_code", resp.StatusCode)
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	return take(resp)
}

func read(resp *http.Response, maxBytes int64) (Document, error) {
	if coding := resp.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return Document{}, errors.New("its answer is compressed, which was not asked for")
	}
	if resp.ContentLength > maxBytes {
		return Document{}, fmt.Errorf("its answer is longer than %d bytes", maxBytes)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBytes+1))
	if err != nil {
		return Document{}, err
	}
	if int64(len(body)) > maxBytes {
		return Document{}, fmt.Errorf("its answer is longer than %d bytes", maxBytes)
	}
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		kind = ""
	}
	return Document{Body: body, Type: kind, FreshFor: freshFor(resp.Header), More: hasNext(resp.Header)}, nil
}

// hasNext reports whether an answer links to the next page.
func hasNext(h http.Header) bool {
	return slices.ContainsFunc(h.Values("Link"), func(line string) bool { return strings.Contains(strings.ToLower(line), `rel="next"`) })
}

// plain drops what http.Client adds to an error: the method and the address, which the caller's words have.
func plain(err error) error {
	if ue, ok := errors.AsType[*url.Error](err); ok {
		if ue.Timeout() {
			return errors.New("it took too long")
		}
		return ue.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("it took too long")
	}
	return err
}

func clip(address string) string {
	if len(address) > 200 {
		return address[:200] + "..."
	}
	return address
}
