package gateway

import (
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/held"
	"github.com/lingpai/lingpai/internal/httpd"
)

const (
	// grpcPath is the method that Envoy calls over gRPC: Check of the service Authorization.
	grpcPath = "/envoy.service.auth.v3.Authorization/Check"
	// mostMessage bounds a question. Envoy takes 60 KiB of headers, and sends no body unless it is told to.
	mostMessage = 256 << 10
)

// Statuses of gRPC, as far as this method answers with them, and statuses of a verdict.
const (
	grpcOK              = 0
	grpcInvalidArgument = 3
	grpcForbidden       = 7
	grpcTooMuch         = 8
	grpcUnimplemented   = 12
	grpcUnauthenticated = 16
)

// grpcError refuses a call as such. Envoy then lets nothing pass.
type grpcError struct {
	status int
	why    string // in ASCII
}

// Error implements error.
func (e *grpcError) Error() string { return "gRPC status " + strconv.Itoa(e.status) + ": " + e.why }

// grpcCall reports whether a request is Envoy's over gRPC, and whether that is wanted here.
func (g *Gateway) grpcCall(r *http.Request) bool { return g.ExtAuthz && r.URL.Path == grpcPath }

// checkGRPC answers Envoy over gRPC. The verdict is that of /auth/check; what that would have answered is put into a message.
func (g *Gateway) checkGRPC(w http.ResponseWriter, r *http.Request) {
	about, err := g.grpcQuestion(r)
	if err != nil {
		g.Edge.Elsewhere(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			httpd.Name(r, grpcPath)
			httpd.Record(r, fault.Refuse(fault.RequestMalformed, err.Error()))
			refuseGRPC(w, err)
		})).ServeHTTP(w, r)
		return
	}
	answer := held.New(nil)
	g.Edge.Elsewhere(http.HandlerFunc(g.answerEnvoy)).ServeHTTP(answer, about)
	answerGRPC(w, verdictMessage(answer, about.Header))
}

// grpcQuestion reads what request is asked about.
func (g *Gateway) grpcQuestion(r *http.Request) (*http.Request, error) {
	if !g.Edge.FromProxy(r) {
		return nil, &grpcError{grpcForbidden, "the call comes from no proxy in trusted_proxies, so its word on another request is not taken"}
	}
	if kind := r.Header.Get("Content-Type"); r.Method != http.MethodPost || r.ProtoMajor < 2 || kind != "application/grpc" && kind != "application/grpc+proto" {
		return nil, &grpcError{grpcUnimplemented, "this is a method of gRPC"}
	}
	b, err := readMessage(r.Body)
	if err != nil {
		return nil, err
	}
	return requestOf(b, r)
}

// answerEnvoy judges a request as Envoy had it.
func (g *Gateway) answerEnvoy(w http.ResponseWriter, r *http.Request) {
	httpd.Name(r, grpcPath)
	o, a, err := original(g.Edge, r, r.Method, r.Host, r.RequestURI)
	if err != nil {
		o := *r
		o.URL = &url.URL{Path: "/"}
		g.Edge.RefuseElsewhere(w, &o, err)
		return
	}
	g.answer(w, o, a)
}

// readMessage reads the one message of a call: a flag, four bytes that say its length, itself, and nothing behind it.
func readMessage(body io.Reader) ([]byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(body, head[:]); err != nil {
		return nil, &grpcError{grpcInvalidArgument, "there is no whole message"}
	}
	size := binary.BigEndian.Uint32(head[1:])
	switch {
	case head[0] != 0:
		return nil, &grpcError{grpcUnimplemented, "the message is compressed"}
	case size > mostMessage:
		return nil, &grpcError{grpcTooMuch, "the message is larger than 256 KiB"}
	}
	b, err := io.ReadAll(io.LimitReader(body, int64(size)+1))
	if err != nil || len(b) != int(size) {
		return nil, &grpcError{grpcInvalidArgument, "the message has not the length that it says"}
	}
	return b, nil
}

func answerGRPC(w http.ResponseWriter, message []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/grpc")
	h.Set("Trailer", "Grpc-Status")
	frame := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message)))
	_, _ = w.Write(append(frame, message...)) // Envoy may have gone; nobody is left to tell.
	h.Set("Grpc-Status", strconv.Itoa(grpcOK))
}

func refuseGRPC(w http.ResponseWriter, err error) {
	status := grpcInvalidArgument
	if e, ok := errors.AsType[*grpcError](err); ok {
		status = e.status
	}
	h := w.Header()
	h.Set("Content-Type", "application/grpc")
	h.Set("Grpc-Status", strconv.Itoa(status))
	h.Set("Grpc-Message", err.Error())
	w.WriteHeader(http.StatusOK)
}
