package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"log/slog"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// rivalSecret is of the clients of both rivals, and as long as a secret of ours.
const rivalSecret = "lpk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// serveZitadel serves zitadel/oidc's provider with the storage of its example, which is in memory.
func serveZitadel() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	redirect := "https://app.example/cb"
	storage.RegisterClients(storage.WebClient("service", rivalSecret, redirect), storage.WebClient("app", rivalSecret, redirect))
	store := &zitadelStorage{storage.NewStorage(storage.NewUserStore("http://localhost")), zitadelKey{key}}
	config := &op.Config{CryptoKey: sha256.Sum256([]byte("a key of one run")), CodeMethodS256: true}
	provider, err := op.NewProvider(config, store, op.StaticIssuer("http://localhost"), op.WithAllowInsecure(), op.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		return err
	}
	return serveHere(provider)
}

// zitadelStorage is the example's, but signs with ES256, gives JWTs, lets a client ask for itself, and takes everybody for signed in.
type zitadelStorage struct {
	*storage.Storage
	key zitadelKey
}

type zitadelKey struct{ private *ecdsa.PrivateKey }

func (zitadelKey) ID() string                                  { return "key" }
func (zitadelKey) Use() string                                 { return "sig" }
func (zitadelKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.ES256 }
func (k zitadelKey) Key() any                                  { return k.private }

type zitadelPublicKey struct{ zitadelKey }

func (zitadelPublicKey) Algorithm() jose.SignatureAlgorithm { return jose.ES256 }
func (k zitadelPublicKey) Key() any                         { return &k.private.PublicKey }

func (s *zitadelStorage) SigningKey(context.Context) (op.SigningKey, error) { return s.key, nil }

func (s *zitadelStorage) KeySet(context.Context) ([]op.Key, error) {
	return []op.Key{zitadelPublicKey{s.key}}, nil
}

func (s *zitadelStorage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.ES256}, nil
}

// CreateAuthRequest signs in whoever comes, as the example's login page does once it has the password.
func (s *zitadelStorage) CreateAuthRequest(ctx context.Context, r *oidc.AuthRequest, user string) (op.AuthRequest, error) {
	request, err := s.Storage.CreateAuthRequest(ctx, r, user)
	if err != nil {
		return nil, err
	}
	return request, s.CheckUsernamePassword("test-user@localhost", "verysecure", request.GetID())
}

func (s *zitadelStorage) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	c, err := s.Storage.GetClientByClientID(ctx, id)
	if err != nil {
		return nil, err
	}
	return zitadelClient{c}, nil
}

func (s *zitadelStorage) ClientCredentials(ctx context.Context, id, secret string) (op.Client, error) {
	if err := s.AuthorizeClientIDSecret(ctx, id, secret); err != nil {
		return nil, err
	}
	return s.GetClientByClientID(ctx, id)
}

// ClientCredentialsTokenRequest names a user of the example as the subject, because its introspection looks for one.
func (s *zitadelStorage) ClientCredentialsTokenRequest(_ context.Context, id string, scopes []string) (op.TokenRequest, error) {
	return &oidc.JWTTokenRequest{Subject: "id1", Audience: []string{id}, Scopes: scopes}, nil
}

// zitadelClient gets JWTs, and its users come back from signing in without having seen a page.
type zitadelClient struct{ op.Client }

func (zitadelClient) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeJWT }
func (zitadelClient) LoginURL(id string) string           { return "/authorize/callback?id=" + id }

func (c zitadelClient) GrantTypes() []oidc.GrantType {
	return append(c.Client.GrantTypes(), oidc.GrantTypeClientCredentials)
}
