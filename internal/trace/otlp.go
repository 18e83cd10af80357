package trace

import (
	"encoding/hex"
	"runtime/debug"
	"strconv"
	"time"
)

// The messages of opentelemetry.proto.collector.trace.v1, as far as we send them, in the JSON of OTLP: names in camel case, ids in hexadecimal, enumerations as
// numbers, 64-bit numbers as text.
type (
	request struct {
		ResourceSpans []resourceSpans `json:"resourceSpans"`
	}
	resourceSpans struct {
		Resource   resource     `json:"resource"`
		ScopeSpans []scopeSpans `json:"scopeSpans"`
	}
	resource struct {
		Attributes []attribute `json:"attributes"`
	}
	scopeSpans struct {
		Scope scope  `json:"scope"`
		Spans []span `json:"spans"`
	}
	scope struct {
		Name string `json:"name"`
	}
	span struct {
		TraceID    string      `json:"traceId"`
		SpanID     string      `json:"spanId"`
		ParentID   string      `json:"parentSpanId,omitempty"`
		Name       string      `json:"name"`
		Kind       Kind        `json:"kind"`
		Began      string      `json:"startTimeUnixNano"`
		Ended      string      `json:"endTimeUnixNano"`
		Attributes []attribute `json:"attributes,omitempty"`
		Links      []link      `json:"links,omitempty"`
		Status     status      `json:"status"`
	}
	link struct {
		TraceID string `json:"traceId"`
		SpanID  string `json:"spanId"`
	}
	status struct {
		Code int `json:"code,omitempty"`
	}
	attribute struct {
		Key   string         `json:"key"`
		Value attributeValue `json:"value"`
	}
	// attributeValue is one of the two.
	attributeValue struct {
		Text   *string `json:"stringValue,omitempty"`
		Number *int    `json:"intValue,string,omitempty"`
	}
)

// statusError is STATUS_CODE_ERROR.
const statusError = 2

func export(of resource, spans []*Span) request {
	out := make([]span, len(spans))
	for i, s := range spans {
		out[i] = s.otlp()
	}
	return request{[]resourceSpans{{of, []scopeSpans{{scope{"lingpai"}, out}}}}}
}

func (s *Span) otlp() span {
	out := span{
		TraceID: s.at.TraceID.String(), SpanID: hex.EncodeToString(s.at.SpanID[:]), Name: s.name, Kind: s.kind,
		Began: nanoseconds(s.began), Ended: nanoseconds(s.began.Add(s.took)), Attributes: s.attributes,
	}
	if s.parent != (SpanID{}) {
		out.ParentID = hex.EncodeToString(s.parent[:])
	}
	if s.link.valid() {
		out.Links = []link{{s.link.TraceID.String(), hex.EncodeToString(s.link.SpanID[:])}}
	}
	if s.failed {
		out.Status.Code = statusError
	}
	return out
}

func nanoseconds(at time.Time) string { return strconv.FormatInt(at.UnixNano(), 10) }

// resourceOf says who sends.
func resourceOf(node string) resource {
	text := func(key, value string) attribute { return attribute{key, attributeValue{Text: &value}} }
	out := resource{[]attribute{text("service.name", "lingpai"), text("service.instance.id", node)}}
	if info, ok := debug.ReadBuildInfo(); ok {
		out.Attributes = append(out.Attributes, text("service.version", info.Main.Version))
	}
	return out
}
