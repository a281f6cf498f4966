package rest_test

import (
	"context"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal/rest"
)

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func answerJSON(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", jsonType)
	_, _ = io.WriteString(w, body)
}

func TestNew(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		cfg    metal.Config
		want   string
	}{
		"NoScheme":  {"a URL needs a scheme", metal.Config{URL: "api.example.org/metal", Secret: key}, "its url must be a scheme (http or https), a host and a base path, such as https://api.example.org/metal"},
		"FTP":       {"and a fit one", metal.Config{URL: "ftp://api.example.org/metal", Secret: key}, "its url must be a scheme (http or https), a host and a base path, such as https://api.example.org/metal"},
		"User":      {"a URL is printed, so that it must hold no secret", metal.Config{URL: "https://me:secret@api.example.org/metal", Secret: key}, "its url must be a scheme (http or https), a host and a base path, such as https://api.example.org/metal"},
		"NoSecret":  {"metal-api would answer that it knows no such user", metal.Config{URL: "https://api.example.org/metal", Secret: "\n"}, "the key in its Secret is empty"},
		"BadBundle": {"nothing could ever be verified", metal.Config{URL: "https://api.example.org/metal", Secret: key, CABundle: []byte("x")}, "its caBundle holds no PEM encoded certificate"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := rest.New(tc.cfg)
			e := asError(t, err)
			if e.Kind != metal.Invalid || e.Message != tc.want {
				t.Errorf("%s: got %s: %s", tc.reason, e.Kind, e.Message)
			}
		})
	}
}

func TestNoAnswer(t *testing.T) {
	t.Parallel()

	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	tls := httptest.NewUnstartedServer(http.NotFoundHandler())
	tls.Config.ErrorLog = log.New(io.Discard, "", 0)
	tls.StartTLS()
	t.Cleanup(tls.Close)
	cut := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", jsonType)
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "[]")
	})
	dropped := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })

	cases := map[string]struct {
		reason string
		url    string
		kind   metal.Kind
		want   string
	}{
		"Refused": {"nobody listens", closed.URL, metal.Transient, "127.0.0.1 refuses the connection: check that the metal-api runs, and the url of the ProviderConfig"},
		"CutOff":  {"an answer that breaks off is none, whatever it began with", cut, metal.Transient, "the connection to 127.0.0.1 broke before the answer was complete"},
		"Dropped": {"no answer at all", dropped, metal.Transient, "the connection to 127.0.0.1 broke before the answer was complete"},
		"Unverified": {
			"an authority that nobody knows", tls.URL, metal.Misdirected,
			"the certificate of 127.0.0.1 is signed by an unknown authority: put that authority's certificate into caBundle of the ProviderConfig",
		},
		"NoTLS": {
			"https to a server that speaks http", strings.Replace(plain.URL, "http://", "https://", 1), metal.Misdirected,
			"127.0.0.1 does not speak TLS: check the url of the ProviderConfig, should it begin with http://?",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := open(t, config(tc.url)).AllocateNetwork(t.Context(), networkOrder())
			e := asError(t, err)
			if e.Kind != tc.kind || e.Message != tc.want || e.Status != 0 || e.Refused {
				t.Errorf("%s: want %s: %s\ngot %s (status %d, refused %t): %s", tc.reason, tc.kind, tc.want, e.Kind, e.Status, e.Refused, e.Message)
			}
		})
	}
}

func TestGivenUp(t *testing.T) {
	t.Parallel()
	begun, done := make(chan struct{}, 2), make(chan struct{})
	url := serve(t, func(http.ResponseWriter, *http.Request) { begun <- struct{}{}; <-done })
	defer close(done)
	s := open(t, config(url))

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := s.AllocateMachine(ctx, firewallOrder())
	if e := asError(t, err); e.Kind != metal.Transient || e.Message != "127.0.0.1 did not answer in time" || e.Refused {
		t.Errorf("the caller's deadline ends a request, with an unknown outcome: %#v", e)
	}
	<-begun

	ctx, cancel = context.WithCancel(t.Context())
	go func() { <-begun; cancel() }()
	_, err = s.AllocateMachine(ctx, firewallOrder())
	if e := asError(t, err); e.Kind != metal.Transient || e.Message != "it was given up before there was an answer" || e.Refused {
		t.Errorf("the caller's cancel ends a request, with an unknown outcome: %#v", e)
	}
}

func TestCABundle(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = io.WriteString(w, "[]")
	}))
	t.Cleanup(server.Close)
	cfg := config(server.URL)
	cfg.CABundle = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if n, err := open(t, cfg).Network(t.Context(), networkID); n != nil || err != nil {
		t.Errorf("want no network and no error, got %v, %v", n, err)
	}
}

func TestOneConnection(t *testing.T) {
	t.Parallel()
	var opened atomic.Int32
	long := "[" + strings.Repeat(" ", 1<<20) + "]\n"
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/metal/v1/machine/find" {
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, strings.Repeat(html, 1000))
			return
		}
		answerJSON(w, long)
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)

	s := open(t, config(server.URL))
	for range 5 {
		if _, err := s.Network(t.Context(), networkID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Machine(t.Context(), machineID); err == nil {
			t.Fatal("want an error")
		}
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("want one connection for all requests, got %d", n)
	}
}

func TestObserver(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/metal/v1/network/find":
			answerJSON(w, "[]")
		case "/metal/v1/machine/find":
			panic(http.ErrAbortHandler)
		default:
			w.WriteHeader(http.StatusBadGateway)
		}
	})
	type seen struct {
		operation string
		status    int
	}
	var mu sync.Mutex
	got := map[seen]int{}
	s := open(t, config(url), rest.WithObserver(func(operation string, status int, seconds float64) {
		mu.Lock()
		defer mu.Unlock()
		if seconds <= 0 || seconds > 10 {
			t.Errorf("%s took %f seconds", operation, seconds)
		}
		got[seen{operation, status}]++
	}))
	want := map[seen]int{}
	for operation, call := range calls(s) {
		_ = call(t)
		switch operation {
		case "findNetworks":
			want[seen{operation, http.StatusOK}]++
		case "findMachines":
			want[seen{operation, 0}]++
		default:
			want[seen{operation, http.StatusBadGateway}]++
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(seen{})); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		cfg    metal.Config
		want   string
	}{
		"HMAC":        {"signed by the user that the configuration names", metal.Config{Type: v1alpha1.CredentialsHMAC, HMACAuthType: v1alpha1.HMACAuthTypeView, Secret: key}, "Metal-View "},
		"DefaultHMAC": {"the admin if none is named", metal.Config{Secret: key}, "Metal-Admin "},
		"Token":       {"a token as it is, but for the newline of a file", metal.Config{Type: v1alpha1.CredentialsToken, Secret: key + "\n"}, "Bearer " + key},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var header http.Header
			tc.cfg.URL = serve(t, func(w http.ResponseWriter, r *http.Request) {
				header = r.Header
				answerJSON(w, "[]")
			})
			if _, err := open(t, tc.cfg, rest.WithUserAgent("me/1")).Network(t.Context(), networkID); err != nil {
				t.Fatal(err)
			}
			if got := header.Get("Authorization"); !strings.HasPrefix(got, tc.want) {
				t.Errorf("%s: want %q, got %q", tc.reason, tc.want, got)
			}
			if got := header.Get("User-Agent"); got != "me/1" {
				t.Errorf("want the user agent, got %q", got)
			}
		})
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	asked := false
	s := open(t, config(serve(t, func(http.ResponseWriter, *http.Request) { asked = true })))
	for _, id := range []string{"", ".", "..", "../free", "a/b", "a?b", "a#b", "a%2fb"} {
		_, network := s.Network(t.Context(), id)
		_, machine := s.Machine(t.Context(), id)
		_, project := s.Project(t.Context(), id)
		for name, err := range map[string]error{
			"Network": network, "Firewall": machine,
			"FreeNetwork":    s.FreeNetwork(t.Context(), id),
			"FreeFirewall":   s.FreeMachine(t.Context(), id),
			"UpdateNetwork":  s.UpdateNetwork(t.Context(), id, metal.NetworkUpdate{}),
			"UpdateFirewall": s.UpdateMachine(t.Context(), id, metal.MachineUpdate{}),
			"Project":        project,
			"DeleteProject":  s.DeleteProject(t.Context(), id),
			"UpdateProject":  s.UpdateProject(t.Context(), id, metal.ProjectUpdate{}),
		} {
			if e := asError(t, err); e.Kind != metal.Invalid || !e.Refused {
				t.Errorf("%s(%q): got %#v", name, id, e)
			}
		}
	}
	if asked {
		t.Error("an id that is none must not be asked for: metal-api would list, or free, something else")
	}
}
