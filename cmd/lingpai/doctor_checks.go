package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/keys"
	"github.com/lingpai/lingpai/internal/otp"
	"github.com/lingpai/lingpai/internal/passkey"
	"github.com/lingpai/lingpai/internal/password"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/token"
	"github.com/lingpai/lingpai/internal/user"
)

// configuration looks for values that are each valid and do not go together.
func (e *examination) configuration() {
	const check = "configuration"
	issuer, err := configuredIssuer(e.cfg)
	if err != nil {
		e.err(check, err.Error(), "the issuer stands in every token", "set issuer")
		return
	}
	before := len(e.findings)
	secure := strings.HasPrefix(issuer, "https://")
	if secure && e.cfg.TLS.Certificate == "" && len(e.cfg.TrustedProxies) == 0 {
		e.warn(check, "the issuer is https, but there is neither a certificate nor a trusted proxy",
			"every request seems to come from the proxy, so that all people share one limit of sign-in tries",
			"set trusted_proxies to the address of the proxy, or tls.certificate and tls.key")
	}
	if !secure && len(e.cfg.TrustedProxies) > 0 {
		e.warn(check, "there are trusted proxies, but the issuer is "+issuer,
			"cookies are made for plain http on this machine", "set issuer to the https address that browsers use")
	}
	for _, origin := range e.cfg.CORS.Origins {
		if u, err := url.Parse(origin); err == nil && secure && u.Scheme == "http" {
			e.warn(check, origin+" may call although it is plain http", "whoever alters that page on its way can use the tokens in it",
				"remove it from cors.origins where people sign in for real")
		}
	}
	if least := e.cfg.Password.MinLength; least < password.DefaultMinLength && !authn.Required(e.cfg.SecondFactor.RequiredFor).OfEverybody() {
		e.warn(check, fmt.Sprintf("a password of %d characters may be all that opens an account", least),
			fmt.Sprintf("one that stands alone needs %d (NIST SP 800-63B-4)", password.DefaultMinLength),
			`raise password.min_length, or set second_factor.required_for to ["*"]`)
	}
	if len(e.findings) == before {
		e.ok(check, "the issuer is "+issuer)
	}
}

// folder looks at who may read the data.
func (e *examination) folder(context.Context) {
	const check = "data folder"
	info, err := os.Stat(e.cfg.Data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.ok(check, e.cfg.Data+" is not there yet; the server makes it")
		return
	case err != nil:
		e.err(check, err.Error(), "the server keeps its data there", "make it readable for the user who runs Lingpai, or choose another with --data")
		return
	case !info.IsDir():
		e.err(check, e.cfg.Data+" is a file", "the server needs a folder", "choose another with --data")
		return
	}
	before := len(e.findings)
	e.privacy(check, e.cfg.Data, info)
	for _, name := range []string{app.DatabaseFile(e.cfg), app.DatabaseFile(e.cfg) + "-wal"} {
		if info, err := os.Stat(name); err == nil {
			e.privacy(check, name, info)
		}
	}
	if len(e.findings) == before {
		e.ok(check, e.cfg.Data+" is readable by its owner only")
	}
}

func (e *examination) privacy(check, name string, info fs.FileInfo) {
	mode := info.Mode().Perm()
	if runtime.GOOS == "windows" || mode&0o077 == 0 {
		return
	}
	wanted := "600"
	if info.IsDir() {
		wanted = "700"
	}
	e.warn(check, fmt.Sprintf("%s can be reached by others (mode %04o)", name, mode),
		"names, addresses and password hashes of people are in it", "chmod "+wanted+" "+name)
}

// masterKey looks whether the master key is there and private. Whether PostgreSQL holds keys that need one, sealing finds out.
func (e *examination) masterKey(context.Context) {
	const check = "master key"
	if !e.hasMaster() && (!app.HasDatabase(e.cfg) || e.onPostgreSQL()) {
		e.ok(check, "there is none yet; the server makes it")
		return
	}
	master, where, err := app.LoadMaster(e.cfg)
	if err != nil {
		e.noMaster(check, err)
		return
	}
	e.ok(check, fmt.Sprintf("%s holds %s; keep a copy apart from the backups of the database", where, keys.Fingerprint(master)))
}

func (e *examination) noMaster(check string, err error) {
	what, mend, told := strings.Cut(err.Error(), "; ")
	if !told {
		mend = "put back the copy that you keep of it, as a file that only the user who runs Lingpai may read"
	}
	e.err(check, what, "it opens the signing keys in the database", mend)
}

func (e *examination) onPostgreSQL() bool { return !e.cfg.Database.Empty() }

func (e *examination) hasMaster() bool {
	if !e.cfg.MasterKey.Empty() || e.cfg.MasterKeyFile != "" {
		return true
	}
	_, err := os.Stat(filepath.Join(e.cfg.Data, keys.MasterFile))
	return err == nil
}

// database opens it as it is.
func (e *examination) database(ctx context.Context) {
	const check = "database"
	if !app.HasDatabase(e.cfg) {
		e.ok(check, "there is none yet; the server makes it")
		return
	}
	store, err := app.OpenUnmigrated(ctx, e.cfg)
	if err != nil {
		e.err(check, err.Error(), "the server does not start without it", "") // the sentence says how to mend it
		return
	}
	defer store.Close()
	current, latest, err := store.MigrationStatus(ctx)
	if err != nil {
		e.err(check, err.Error(), "the schema cannot be read", "restore a backup")
		return
	}
	if current < latest {
		e.warn(check, fmt.Sprintf("the schema has version %d, this Lingpai wants %d", current, latest),
			"an older Lingpai wrote it", "nothing needs to be done; the next start updates it, or: lingpai migrate up")
		return
	}
	e.ok(check, fmt.Sprintf("it opens, and its schema is up to date (version %d)", current))
	e.sealing(ctx, store)
	e.secondFactors(ctx, store)
}

// people is what is asked about accounts.
type people interface {
	user.Reader
	Factor(ctx context.Context, userID string) (otp.Factor, error)
	SessionsOf(ctx context.Context, userID string, now time.Time) ([]session.Session, error)
	Passkeys(ctx context.Context, userID string) ([]passkey.Credential, error)
}

// secondFactors looks for people who must have a second factor and have none yet, or are signed in without.
func (e *examination) secondFactors(ctx context.Context, from people) {
	const check = "second factor"
	if len(e.cfg.SecondFactor.RequiredFor) == 0 {
		return
	}
	missing, alone, err := e.withoutFactor(ctx, from)
	switch {
	case err != nil:
		e.err(check, explain(err), "people are asked for it as they sign in", "restore a backup")
		return
	case len(missing) > 0:
		e.warn(check, "it is not set up by "+count(len(missing), "person", "people")+" who must have one: "+first10(missing),
			"until they do, who knows the password can set up an app of their own", "have them sign in once; the page leads through it")
	default:
		e.ok(check, "everybody who must have one has set it up")
	}
	if len(alone) > 0 {
		e.warn(check, "sessions that a password alone began are open of "+count(len(alone), "person", "people")+" who must show more: "+first10(alone),
			"they began before it was asked for, and go on with all roles", "lingpai session end --user NAME; they are asked for it as they sign in again")
	}
}

func first10(names []string) string { return strings.Join(names[:min(len(names), 10)], ", ") }

// withoutFactor lists those who must have a second factor: who could sign in by a password alone, and who did.
func (e *examination) withoutFactor(ctx context.Context, from people) (missing, alone []string, err error) {
	required := authn.Required(e.cfg.SecondFactor.RequiredFor)
	for q := (user.Query{Limit: 1000}); ; {
		page, err := from.Users(ctx, q)
		if err != nil || len(page) == 0 {
			return missing, alone, err
		}
		for _, u := range page {
			if u.Disabled || u.Password.Empty() || !required.Of(u.Roles) {
				continue
			}
			has, err := showsTwo(ctx, from, u.ID)
			if err != nil {
				return nil, nil, err
			}
			if !has {
				missing = append(missing, u.Username)
			}
			rows, err := from.SessionsOf(ctx, u.ID, e.now)
			if err != nil {
				return nil, nil, err
			}
			if slices.ContainsFunc(rows, func(s session.Session) bool { return s.ACR() == token.ACRPassword }) {
				alone = append(alone, u.Username)
			}
		}
		if q.After, err = user.CanonicalUsername(page[len(page)-1].Username); err != nil {
			return nil, nil, err
		}
	}
}

// showsTwo reports whether somebody has a second factor, or a passkey, which is two.
func showsTwo(ctx context.Context, from people, userID string) (bool, error) {
	_, err := from.Factor(ctx, userID)
	if !errors.Is(err, fault.ErrNotFound) {
		return err == nil, err
	}
	list, err := from.Passkeys(ctx, userID)
	return len(list) > 0, err
}

// sealing looks whether the master key is the one that the database was sealed under.
func (e *examination) sealing(ctx context.Context, from keyHolder) {
	needed, err := masterOf(ctx, from)
	if err != nil {
		e.err("signing keys", explain(err), "tokens are signed with them", "restore a backup")
		return
	}
	master, where, err := app.LoadMaster(e.cfg)
	switch {
	case needed == "":
		return
	case err != nil && !e.hasMaster() && e.onPostgreSQL():
		e.noMaster("signing keys", err)
		return
	case err != nil:
		return // said before
	}
	if has := keys.Fingerprint(master); has != needed {
		e.err("signing keys", fmt.Sprintf("they open with master key %s, but %s holds %s", needed, where, has),
			"the server does not start", "put back the master key that belongs to this database")
	}
}

// disk looks how much room the embedded database has.
func (e *examination) disk(context.Context) {
	const check, roomy = "disk", 1 << 30
	left, known := app.FreeSpace(e.cfg)
	why, mend := "a full disk keeps everybody from signing in and staying signed in", "make room, or move the data folder to a larger disk"
	switch {
	case !known:
	case left < app.LowSpace:
		e.err(check, "it is nearly full: "+app.Space(left)+" are left, and /readyz says no", why, mend)
	case left < roomy:
		e.warn(check, app.Space(left)+" are left", why, mend)
	default:
		e.ok(check, app.Space(left)+" are left")
	}
}

// clock compares the time with what was written before: files from the future mean that the clock went back.
func (e *examination) clock(context.Context) {
	const check = "clock"
	why, mend := "tokens would be good for longer or shorter than they say, or be refused at once", "set the clock by NTP"
	if e.now.Year() < 2025 {
		e.err(check, "this machine believes that it is "+e.now.UTC().Format(time.DateOnly), why, mend)
		return
	}
	for _, name := range []string{app.DatabaseFile(e.cfg), app.DatabaseFile(e.cfg) + "-wal", e.cfg.Data} {
		info, err := os.Stat(name)
		if err != nil {
			continue
		}
		if ahead := info.ModTime().Sub(e.now); ahead > time.Minute {
			e.err(check, fmt.Sprintf("%s was written %s from now", name, fault.Span(ahead)), why, mend)
			return
		}
	}
	e.ok(check, e.now.UTC().Format(time.DateTime)+" UTC, and nothing was written later than that")
}

// certificate looks at the files of tls, and for how long they are good.
func (e *examination) certificate(context.Context) {
	const check = "certificate"
	t := e.cfg.TLS
	if t.Certificate == "" {
		return
	}
	pair, err := tls.LoadX509KeyPair(t.Certificate, t.Key)
	if err != nil {
		e.err(check, err.Error(), "the server does not start without it", "mend tls.certificate and tls.key")
		return
	}
	left := pair.Leaf.NotAfter.Sub(e.now)
	issuer, _ := configuredIssuer(e.cfg)
	u, err := url.Parse(issuer)
	if err == nil {
		err = pair.Leaf.VerifyHostname(u.Hostname())
	}
	switch {
	case err != nil:
		e.err(check, err.Error(), "browsers refuse it", "get a certificate for "+issuer)
	case left <= 0:
		e.err(check, "it ran out "+fault.Span(-left)+" ago", "browsers refuse it", "renew it; the running server takes up the new files by itself")
	case left < 14*24*time.Hour:
		e.warn(check, "it runs out in "+fault.Span(left), "browsers refuse it then", "renew it; the running server takes up the new files by itself")
	default:
		e.ok(check, "it is good for "+fault.Span(left))
	}
}

// address looks whether the port is free, or taken by Lingpai itself.
func (e *examination) address(ctx context.Context) {
	const check = "address"
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", e.cfg.Listen)
	if err == nil {
		_ = l.Close() // Nobody connected.
		e.ok(check, e.cfg.Listen+" is free")
		return
	}
	if e.alive(ctx) {
		e.ok(check, "a server answers at "+e.cfg.Listen)
		return
	}
	e.err(check, err.Error(), "the server cannot listen there", "stop the program that does, or choose another port with listen")
}

// alive asks whoever listens whether it is one of us.
func (e *examination) alive(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	scheme := "http://"
	if e.cfg.TLS.Certificate != "" {
		scheme = "https://"
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+e.cfg.Listen+"/healthz", http.NoBody)
	if err != nil {
		return false
	}
	// Only the name of the program is asked for, so it does not matter who vouches for the certificate.
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} //nolint:gosec // see above
	res, err := client.Do(r)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1024))
	return err == nil && strings.Contains(string(body), `"status":"ok"`)
}
