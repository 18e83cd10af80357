package main

// The module of the Config OP plan.

import (
	"slices"
	"strings"
)

func config() plan {
	return plan{
		name: "oidcc-config-certification-test-plan", title: "Config OP", about: "What a client reads before it does anything.",
		setup:   func(*T) clients { return clients{} },
		modules: []module{{"oidcc-discovery-endpoint-verification", "OIDC Discovery, 3 and 4", "metadata and keys are there, complete and true", discoveryVerification}},
	}
}

func discoveryVerification(t *T) { // the rest is done before every module
	for _, member := range []string{"userinfo_endpoint", "scopes_supported", "claims_supported"} {
		t.must(t.meta[member] != nil, "OIDC Discovery, 3", "%s is missing", member)
	}
	t.must(t.lists("token_endpoint_auth_methods_supported", "client_secret_basic") || t.meta["token_endpoint_auth_methods_supported"] == nil, "OIDC Core, 9", "client_secret_basic is not offered")
	for _, algorithm := range t.algorithms() {
		t.must(algorithm != "none", "OIDC Core, 2", "ID tokens may go unsigned")
	}
	_, said := t.meta["request_uri_parameter_supported"]
	t.must(said, "OIDC Discovery, 3", "request_uri_parameter_supported is left out, which means that it is supported")
	var unknown []string
	for member := range t.meta {
		if !slices.Contains(registered, member) {
			unknown = append(unknown, member)
		}
	}
	slices.Sort(unknown)
	t.should(len(unknown) == 0, "RFC 8414, 2", "members of our own, which clients pass over: %s", strings.Join(unknown, ", "))
}

// registered are the members of metadata that standards name (IANA, OAuth Authorization Server Metadata). A suite warns of others.
var registered = []string{
	"issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint", "scopes_supported", "response_types_supported",
	"response_modes_supported", "grant_types_supported", "token_endpoint_auth_methods_supported", "token_endpoint_auth_signing_alg_values_supported",
	"service_documentation", "ui_locales_supported", "op_policy_uri", "op_tos_uri", "revocation_endpoint", "revocation_endpoint_auth_methods_supported",
	"revocation_endpoint_auth_signing_alg_values_supported", "introspection_endpoint", "introspection_endpoint_auth_methods_supported",
	"introspection_endpoint_auth_signing_alg_values_supported", "code_challenge_methods_supported", "signed_metadata", "device_authorization_endpoint",
	"tls_client_certificate_bound_access_tokens", "mtls_endpoint_aliases", "nfv_token_signing_alg_values_supported", "userinfo_endpoint",
	"acr_values_supported", "subject_types_supported", "id_token_signing_alg_values_supported", "id_token_encryption_alg_values_supported",
	"id_token_encryption_enc_values_supported", "userinfo_signing_alg_values_supported", "userinfo_encryption_alg_values_supported",
	"userinfo_encryption_enc_values_supported", "request_object_signing_alg_values_supported", "request_object_encryption_alg_values_supported",
	"request_object_encryption_enc_values_supported", "display_values_supported", "claim_types_supported", "claims_supported", "claims_locales_supported",
	"claims_parameter_supported", "request_parameter_supported", "request_uri_parameter_supported", "require_request_uri_registration",
	"require_signed_request_object", "pushed_authorization_request_endpoint", "require_pushed_authorization_requests",
	"introspection_signing_alg_values_supported", "introspection_encryption_alg_values_supported", "introspection_encryption_enc_values_supported",
	"authorization_response_iss_parameter_supported", "check_session_iframe", "frontchannel_logout_supported", "backchannel_logout_supported",
	"backchannel_logout_session_supported", "frontchannel_logout_session_supported", "end_session_endpoint", "prompt_values_supported",
	"backchannel_token_delivery_modes_supported", "backchannel_authentication_endpoint", "backchannel_user_code_parameter_supported",
	"authorization_details_types_supported", "dpop_signing_alg_values_supported", "client_registration_types_supported", "authorization_signing_alg_values_supported",
	"authorization_encryption_alg_values_supported", "authorization_encryption_enc_values_supported", "status_list_aggregation_endpoint",
	"protected_resources", "client_id_metadata_document_supported",
}
