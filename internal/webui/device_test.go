package webui

import "testing"

func TestDevicesAreNamed(t *testing.T) {
	const (
		webkit = "AppleWebKit/537.36 (KHTML, like Gecko) "
		ios    = "AppleWebKit/605.1.15 (KHTML, like Gecko) "
	)
	for _, c := range []struct{ agent, en, zh, icon string }{
		{agentFirefox, "Firefox on Linux", "Linux 上的 Firefox", "laptop"},
		{agentIPhone, "Safari on iPhone", "iPhone 上的 Safari", "phone"},
		{agentWindows, "Chrome on Windows", "Windows 上的 Chrome", "laptop"},
		{agentCurl, "curl", "curl", "terminal"},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) " + webkit + "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge on Windows", "Windows 上的 Edge", "laptop"},
		{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) " + ios + "Version/18.5 Safari/605.1.15", "Safari on Mac", "Mac 上的 Safari", "laptop"},
		{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) " + webkit + "Chrome/140.0.0.0 Safari/537.36 OPR/124.0.0.0", "Opera on Mac", "Mac 上的 Opera", "laptop"},
		{"Mozilla/5.0 (Linux; Android 10; K) " + webkit + "Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome on Android", "Android 上的 Chrome", "phone"},
		{"Mozilla/5.0 (Linux; Android 14; SM-S921B) " + webkit + "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", "Samsung Internet on Android", "Android 上的 Samsung Internet", "phone"},
		{"Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox on Android", "Android 上的 Firefox", "phone"},
		{"Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) " + ios + "CriOS/140.0.7339.39 Mobile/15E148 Safari/604.1", "Chrome on iPad", "iPad 上的 Chrome", "phone"},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) " + ios + "Mobile/15E148 MicroMessenger/8.0.60", "WeChat on iPhone", "iPhone 上的 WeChat", "phone"},
		{"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) " + webkit + "Chrome/140.0.0.0 Safari/537.36", "Chrome on ChromeOS", "ChromeOS 上的 Chrome", "laptop"},
		{"Go-http-client/2.0", "Go", "Go", "terminal"},
		{"python-requests/2.32.4", "Python", "Python", "terminal"},
		{"node", "Node.js", "Node.js", "terminal"},
		{"Something (Linux)", "Browser on Linux", "Linux 上的 浏览器", "laptop"},
		{"Something/1.0", "Unknown device", "未知设备", "laptop"},
		{"", "Unknown device", "未知设备", "laptop"},
	} {
		if got := English.Device(c.agent); got != c.en {
			t.Errorf("%q: got %q, want %q", c.agent, got, c.en)
		}
		if got := Chinese.Device(c.agent); got != c.zh {
			t.Errorf("%q: got %q, want %q", c.agent, got, c.zh)
		}
		if got := parseDevice(c.agent).icon; got != c.icon {
			t.Errorf("%q: got icon %q, want %q", c.agent, got, c.icon)
		}
	}
}
