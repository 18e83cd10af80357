package loopback

import "testing"

func TestOnlyThisMachineIsLoopback(t *testing.T) {
	for _, host := range []string{
		"localhost", "LOCALHOST", "localhost.", "app.localhost", "localhost:4401", "127.0.0.1", "127.8.9.1:80", "::1", "[::1]", "[::1]:4401", "::ffff:127.0.0.1",
	} {
		if !Is(host) {
			t.Errorf("%q is not taken for this machine", host)
		}
	}
	for _, host := range []string{
		"", "example.com", "localhost.example.com", "notlocalhost", "127.0.0.1.example.com", "128.0.0.1", "0.0.0.0", "::", "127.1", "192.168.0.1:80", "[::2]:80", ":4401",
	} {
		if Is(host) {
			t.Errorf("%q is taken for this machine", host)
		}
	}
}

func TestTheHostOfAnAddressIsJudged(t *testing.T) {
	for _, address := range []string{"http://localhost:4401", "https://app.localhost/x?y=http://example.com", "http://[::1]:80", "http://alice@127.0.0.1"} {
		if !IsURL(address) {
			t.Errorf("%q is not taken for this machine", address)
		}
	}
	for _, address := range []string{"", "localhost", "http://localhost@example.com", "https://example.com/localhost", "http://%zz", "mailto:a@localhost"} {
		if IsURL(address) {
			t.Errorf("%q is taken for this machine", address)
		}
	}
}
