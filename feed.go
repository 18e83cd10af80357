package lingpai

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/jose"
)

const (
	// connectTimeout bounds the time until a feed answers.
	connectTimeout = 10 * time.Second
	// ackTimeout bounds one acknowledgement.
	ackTimeout = 5 * time.Second
	// subscriberHeader names us in the answer that begins a stream; we acknowledge with it.
	subscriberHeader = "Lingpai-Subscriber"
)

// feed is where an issuer tells what it calls back.
type feed struct {
	client http.Client
	name   string // what we call ourselves
}

// newFeed makes a feed with the client that fetches keys. The time limit of that client is for answers that end.
func newFeed(s *source, name string) *feed {
	f := &feed{client: s.client, name: name}
	f.client.Timeout = 0
	return f
}

// open asks for the messages that follow a place in the feed. The reader ends with ctx.
func (f *feed) open(ctx context.Context, uri, numbering string, since int64) (body io.ReadCloser, subscriber string, err error) {
	at, err := url.Parse(uri)
	if err != nil {
		return nil, "", fmt.Errorf("parse address: %w", err)
	}
	query := at.Query()
	query.Set("name", f.name)
	if numbering != "" {
		query.Set("feed", numbering)
		query.Set("since", strconv.FormatInt(since, 10))
	}
	at.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, "", fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Accept", "text/event-stream")
	resp, err := f.client.Do(req)
	if err != nil {
		return nil, "", err // It names the method and the address already.
	}
	if media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); resp.StatusCode != http.StatusOK || media != "text/event-stream" {
		resp.Body.Close()
		return nil, "", fmt.Errorf("get %s: status %d, type %.40q, and no stream of events", uri, resp.StatusCode, media)
	}
	return resp.Body, resp.Header.Get(subscriberHeader), nil
}

var (
	errBroke   = errors.New("the stream broke")
	errTooLong = errors.New("a message is too long")
)

// events calls take with the data of each server-sent event (HTML, section 9.2.6), until the stream breaks, which is an errBroke, or take fails.
// What a break leaves of an event is not one.
func events(stream io.Reader, take func(text string) error) error {
	lines := bufio.NewScanner(stream)
	lines.Buffer(make([]byte, 0, 4<<10), jose.MaxTokenSize+64)
	var text string
	for lines.Scan() {
		line := lines.Text()
		data, isData := strings.CutPrefix(line, "data:")
		switch {
		case isData:
			text += strings.TrimPrefix(data, " ")
			if len(text) > jose.MaxTokenSize {
				return errTooLong
			}
		case line == "" && text != "":
			if err := take(text); err != nil {
				return err
			}
			text = ""
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return errTooLong
	case err != nil:
		return fmt.Errorf("%w: %w", errBroke, err)
	}
	return fmt.Errorf("%w: it ended", errBroke)
}

// acknowledge tells the issuer that everything up to a number is applied here.
func (f *feed) acknowledge(ctx context.Context, uri, subscriber string, seq int64) error {
	at, err := url.Parse(uri)
	if err != nil {
		return fmt.Errorf("parse address: %w", err)
	}
	body, err := json.Marshal(struct {
		Subscriber string `json:"subscriber"`
		Seq        int64  `json:"seq"`
	}{subscriber, seq})
	if err != nil {
		return fmt.Errorf("write acknowledgement: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at.JoinPath("ack").String(), bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := f.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("acknowledge: status %d", resp.StatusCode)
	}
	return nil
}
