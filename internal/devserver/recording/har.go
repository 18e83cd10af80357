package recording

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
)

// har is the part of a HAR file (HTTP Archive 1.2) that is read.
type har struct {
	Log struct {
		Entries []struct {
			Request struct {
				Method   string
				URL      string
				PostData struct{ Text string }
			}
			Response struct {
				Status  int
				Headers []struct{ Name, Value string }
				Content struct{ MimeType, Text, Encoding string }
			}
		}
	}
}

// OpenHAR reads what a browser recorded. The hosts do not matter; entries without an answer are left out.
func OpenHAR(file string) (*Player, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("there is no file %s that can be read", filepath.Base(file))
	}
	var h har
	if err := json.Unmarshal(data, &h); err != nil {
		return nil, fmt.Errorf("%s is not a HAR file: %w", filepath.Base(file), err)
	}
	p := newPlayer()
	for _, e := range h.Log.Entries {
		u, err := url.Parse(e.Request.URL)
		if err != nil || u.Path == "" || e.Response.Status < 200 || u.Scheme == "data" {
			continue
		}
		x := &Exchange{Request: Request{Method: e.Request.Method, URL: u.RequestURI(), Body: e.Request.PostData.Text}}
		x.Response.Status = e.Response.Status
		headers := http.Header{}
		for _, line := range e.Response.Headers {
			headers.Add(line.Name, line.Value)
		}
		x.Response.Headers = Keep(headers)
		body := []byte(e.Response.Content.Text)
		if e.Response.Content.Encoding == "base64" {
			if body, err = base64.StdEncoding.DecodeString(e.Response.Content.Text); err != nil {
				return nil, fmt.Errorf("%s: the body of %s is not base64", filepath.Base(file), u.Path)
			}
		}
		x.Response.setBody(body)
		if err := p.add(x); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
	}
	if len(p.byPath) == 0 {
		return nil, fmt.Errorf("%s has no entries with an answer", filepath.Base(file))
	}
	return p, nil
}
