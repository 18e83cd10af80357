package api

import (
	"net/http"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/secret"
)

// forgot asks for a link to a new password. The answer is the same whoever is asked for.
func (h *Handler) forgot(w http.ResponseWriter, r *http.Request) error {
	in, err := httpd.ReadJSON[struct {
		Username string `json:"username"`
	}](r)
	if err != nil {
		return err
	}
	if in.Username == "" {
		return missing("username", "A username or an email address belongs here.")
	}
	if err := h.Mailbox.Ask(r.Context(), in.Username, h.Guard.Cookies.Device(r), httpd.Source(r)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// reset sets a new password by the code of such a link, and signs nobody in.
func (h *Handler) reset(w http.ResponseWriter, r *http.Request) error {
	in, err := httpd.ReadJSON[struct {
		Code     string        `json:"code"`
		Password secret.String `json:"password"`
	}](r)
	if err != nil {
		return err
	}
	if in.Password.Empty() {
		return missing("password", "A password belongs here.")
	}
	if _, err := h.Mailbox.Reset(r.Context(), in.Code, in.Password, httpd.Source(r)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// missing refuses a body without one of its members.
func missing(field, text string) error {
	refusal := fault.Refuse(fault.FieldInvalid, text)
	refusal.Fields = map[string]string{field: text}
	return refusal
}
