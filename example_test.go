package lingpai_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/lingpai/lingpai"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/token"
)

func Example() {
	ctx := context.Background()
	login := startLoginServer() // In your program: the address of a running Lingpai server.
	defer login.Close()

	v, err := lingpai.NewVerifier(ctx, login.URL, lingpai.Audience("https://api.example.com"))
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /notes", func(w http.ResponseWriter, r *http.Request) {
		claims, _ := lingpai.FromContext(r.Context())
		fmt.Fprintf(w, "The notes of %s", claims.Subject)
	})
	api := httptest.NewServer(v.Middleware(mux))
	defer api.Close()

	fmt.Println(get(api.URL+"/notes", ""))
	fmt.Println(get(api.URL+"/notes", login.tokenFor("alice")))
	// Output:
	// 401 {"type":"about:blank","title":"Unauthorized","status":401,"code":"token_missing","detail":"No token came with this request."}
	//
	// 200 The notes of alice
}

func ExampleVerifier_Middleware() {
	login := startLoginServer()
	defer login.Close()
	v, err := lingpai.NewVerifier(context.Background(), login.URL)
	if err != nil {
		log.Fatal(err)
	}

	// Guests may read, everyone signed in may write, administrators may delete.
	mux := http.NewServeMux()
	mux.Handle("GET /notes", say("read"))
	mux.Handle("POST /notes", v.Middleware(say("written")))
	mux.Handle("DELETE /notes", v.Middleware(lingpai.RequireRole("admin")(say("deleted"))))

	for _, method := range []string{"GET", "POST", "DELETE"} {
		r := httptest.NewRequest(method, "/notes", nil)
		if method != "GET" {
			r.Header.Set("Authorization", "Bearer "+login.tokenFor("alice"))
		}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Printf("%s %d %q\n", method, w.Code, w.Header().Get("WWW-Authenticate"))
	}
	// Output:
	// GET 200 ""
	// POST 200 ""
	// DELETE 403 "Bearer realm=\"lingpai\", error=\"insufficient_scope\", error_description=\"This needs the role admin.\""
}

func ExampleVerifier_Verify() {
	login := startLoginServer()
	defer login.Close()
	v, err := lingpai.NewVerifier(context.Background(), login.URL)
	if err != nil {
		log.Fatal(err)
	}

	_, err = v.Verify(context.Background(), "undefined")
	if refusal, ok := errors.AsType[*lingpai.Error](err); ok {
		switch refusal.Code() {
		case lingpai.CodeTokenExpired:
			fmt.Println("refresh and try again")
		case lingpai.CodeUnavailable:
			fmt.Println("try again after", refusal.RetryAfter())
		default:
			fmt.Println(refusal.Status(), refusal.Detail())
		}
	}
	// Output:
	// 401 This is not a token: it is the word undefined, so the client held no token when it sent this.
}

// Guests are welcome, but a bad token is not taken for none.
func ExampleVerifier_Authenticate() {
	login := startLoginServer()
	defer login.Close()
	v, err := lingpai.NewVerifier(context.Background(), login.URL)
	if err != nil {
		log.Fatal(err)
	}
	greet := func(w http.ResponseWriter, r *http.Request) {
		claims, err := v.Authenticate(r)
		refusal, _ := errors.AsType[*lingpai.Error](err)
		switch {
		case err == nil:
			fmt.Fprintln(w, "Hello", claims.Subject)
		case refusal.Code() == lingpai.CodeTokenMissing:
			fmt.Fprintln(w, "Hello guest")
		default:
			lingpai.WriteError(w, r, err)
		}
	}

	for _, tok := range []string{"", login.tokenFor("alice")} {
		r := httptest.NewRequest("GET", "/", nil)
		if tok != "" {
			r.Header.Set("Authorization", "Bearer "+tok)
		}
		w := httptest.NewRecorder()
		greet(w, r)
		fmt.Print(w.Body)
	}
	// Output:
	// Hello guest
	// Hello alice
}

// A handler is tested without any login server.
func ExampleNewContext() {
	handler := lingpai.RequireScope("notes:read")(say("read"))

	r := httptest.NewRequest("GET", "/notes", nil)
	r = r.WithContext(lingpai.NewContext(r.Context(), &lingpai.Claims{Subject: "alice", Scopes: []string{"notes:read"}}))
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Body)
	// Output:
	// 200 read
}

// loginServer stands in for a Lingpai server in the examples.
type loginServer struct {
	*httptest.Server
	key *jose.Key
}

func startLoginServer() *loginServer {
	key, err := jose.GenerateKey(jose.ES256)
	if err != nil {
		log.Fatal(err)
	}
	keys, err := jose.NewKeySet(key)
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	s := &loginServer{httptest.NewServer(mux), key}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": s.URL, "jwks_uri": s.URL + "/.well-known/jwks.json"})
	})
	mux.HandleFunc("GET /.well-known/jwks.json", func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(keys) })
	return s
}

// tokenFor issues a token for the login server itself and for the API of the examples.
func (s *loginServer) tokenFor(user string) string {
	i := token.Issuer{Name: s.URL, Lifetime: time.Minute, Now: time.Now, Signing: func() *jose.Key { return s.key }}
	access, err := i.Issue(token.Grant{Subject: user, ClientID: "web", Audience: []string{s.URL, "https://api.example.com"}})
	if err != nil {
		log.Fatal(err)
	}
	return access.Token
}

func say(what string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, what) })
}

// get returns status and body.
func get(url, tok string) string {
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		log.Fatal(err)
	}
	if tok != "" {
		r.Header.Set("Authorization", "Bearer "+tok)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		log.Fatal(err)
	}
	return fmt.Sprintf("%d %s", resp.StatusCode, body)
}
