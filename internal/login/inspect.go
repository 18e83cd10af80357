package login

import (
	"encoding/json"
	"net/http"

	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/inspector"
	"github.com/lingpai/lingpai/internal/webui"
)

// inspectPolicy is that of all pages, and forbids this one to ask or send anything: what is pasted there cannot leave it.
const inspectPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'none'; " +
	"form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

// inspectPage brings along the keys of this server and all explanations, so that the page needs nobody.
func (h *Handler) inspectPage(w http.ResponseWriter, r *http.Request) error {
	frame := h.Frame(r, httpd.InspectPath)
	keys, _ := h.Keys.PublicJWKS()
	page := webui.Inspect{
		Frame: frame, Issuer: h.Guard.Rules.Issuer, Audience: h.Guard.Rules.Audience[0],
		Keys: json.RawMessage(keys), Knowledge: inspector.KnowledgeIn(string(frame.Lang)),
	}
	w.Header().Set("Content-Security-Policy", inspectPolicy)
	return httpd.WritePage(w, http.StatusOK, h.UI.Inspect, page)
}
