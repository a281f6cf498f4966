package config

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/logging"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal/rest"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// A lab is a metal-api that counts how often it is asked for something.
type lab struct {
	*httptest.Server

	mu       sync.Mutex
	requests int
}

func newLab(t *testing.T, keys simulator.Keys) *lab {
	t.Helper()
	sim, err := simulator.New(simulator.Options{Keys: keys, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	l := &lab{}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		l.requests++
		l.mu.Unlock()
		sim.ServeHTTP(w, r)
	}))
	t.Cleanup(l.Close)
	return l
}

// asked is how many requests came since the last time.
func (l *lab) asked() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.requests
	l.requests = 0
	return n
}

func (l *lab) url() string { return l.URL + "/metal" }

func wired() *Stacks {
	return NewStacks(func(_ types.UID, cfg metal.Config, observe Observer) (metal.Stack, error) {
		return rest.New(cfg, rest.WithObserver(rest.Observer(observe)))
	})
}

// A tenant has a ProviderConfig and a network that refers to it.
type tenant struct {
	kube   client.WithWatch
	stacks *Stacks
	events *events
	mg     *v1alpha1.Network
}

func newTenant(t *testing.T, url, hmac string, auth v1alpha1.HMACAuthType) *tenant {
	t.Helper()
	pc := providerConfig(func(pc *v1alpha1.ProviderConfig) {
		pc.Spec.URL = url
		pc.Spec.Credentials.HMACAuthType = auth
	})
	return &tenant{
		kube:   cluster(t, pc, secret(team, "metal-api", "hmac", hmac)),
		stacks: wired(),
		events: &events{},
		mg:     network(v1alpha1.ProviderConfigKind, "metal"),
	}
}

func (n *tenant) connect(ctx context.Context) (*controller.Connection, error) {
	return NewConnector(n.kube, n.kube, n.stacks).Connect(ctx, n.mg)
}

func (n *tenant) role(t *testing.T) string {
	t.Helper()
	conn, err := n.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	role, err := conn.Role(t.Context())
	if err != nil {
		return string(metal.KindOf(err))
	}
	return string(role)
}

// edit an object in the cluster; a change of a spec is a new generation.
func edit[T client.Object](t *testing.T, kube client.Client, o T, n string, f func(T)) {
	t.Helper()
	o = get(t, kube, o, key(team, n))
	f(o)
	o.SetGeneration(o.GetGeneration() + 1)
	if err := kube.Update(t.Context(), o); err != nil {
		t.Fatal(err)
	}
}

func (n *tenant) reconcile(t *testing.T) *v1alpha1.ProviderConfig {
	t.Helper()
	log := &lines{}
	r := &reconciler{kind: v1alpha1.ProviderConfigKind, kube: n.kube, live: n.kube, stacks: n.stacks, record: n.events, log: log}
	if _, err := r.Reconcile(t.Context(), reconcile.Request{NamespacedName: key(team, "metal")}); err != nil {
		t.Fatal(err)
	}
	n.events.messages = append(n.events.messages, log.written...)
	return get(t, n.kube, &v1alpha1.ProviderConfig{}, key(team, "metal"))
}

func TestRotationOfSecret(t *testing.T) {
	t.Parallel()
	l := newLab(t, simulator.Keys{Edit: "first-edit-key", Admin: "first-admin-key"})
	n := newTenant(t, l.url(), "first-edit-key", v1alpha1.HMACAuthTypeEdit)
	if got := n.role(t); got != "edit" {
		t.Fatalf("role: want edit, got %s", got)
	}

	// The same connection again asks nothing.
	l.asked()
	if got := n.role(t); got != "edit" || l.asked() != 0 {
		t.Errorf("role: want edit without a request, got %s", got)
	}

	// A key that nobody knows counts from the next connection on, and so does
	// the right one after it.
	edit(t, n.kube, &corev1.Secret{}, "metal-api", func(s *corev1.Secret) { s.Data["hmac"] = []byte("wrong") })
	if got := n.role(t); got != "Denied" {
		t.Errorf("role with a wrong key: want Denied, got %s", got)
	}
	edit(t, n.kube, &corev1.Secret{}, "metal-api", func(s *corev1.Secret) { s.Data["hmac"] = []byte("first-edit-key\n") })
	if got := n.role(t); got != "edit" {
		t.Errorf("role with the right key: want edit, got %s", got)
	}
	edit(t, n.kube, &corev1.Secret{}, "metal-api", func(s *corev1.Secret) { s.Data["hmac"] = []byte("first-admin-key") })
	edit(t, n.kube, &v1alpha1.ProviderConfig{}, "metal", func(pc *v1alpha1.ProviderConfig) { pc.Spec.Credentials.HMACAuthType = "" })
	if got := n.role(t); got != "admin" {
		t.Errorf("role with the admin's key: want admin, got %s", got)
	}
}

func TestRotationOfURL(t *testing.T) {
	t.Parallel()
	old, fresh := newLab(t, simulator.Keys{}), newLab(t, simulator.Keys{})
	n := newTenant(t, old.url(), "metal-admin", "")
	if got := n.role(t); got != "admin" {
		t.Fatalf("role: want admin, got %s", got)
	}
	old.asked()
	edit(t, n.kube, &v1alpha1.ProviderConfig{}, "metal", func(pc *v1alpha1.ProviderConfig) { pc.Spec.URL = fresh.url() })
	if got := n.role(t); got != "admin" {
		t.Errorf("role: want admin, got %s", got)
	}
	if diff := cmp.Diff([]int{0, 2}, []int{old.asked(), fresh.asked()}); diff != "" {
		t.Errorf("requests to the old and the new URL: -want, +got:\n%s", diff)
	}
}

func TestUnreadableSecretBreaksOnlyItsOwn(t *testing.T) {
	t.Parallel()
	l := newLab(t, simulator.Keys{})
	n := newTenant(t, l.url(), "metal-admin", "")
	broken := providerConfig(func(pc *v1alpha1.ProviderConfig) {
		pc.Name, pc.UID = "broken", "broken"
		pc.Spec.Credentials.SecretRef.Name = "nowhere"
	})
	if err := n.kube.Create(t.Context(), broken); err != nil {
		t.Fatal(err)
	}
	other := network(v1alpha1.ProviderConfigKind, "broken")
	other.UID = "other"
	if _, err := NewConnector(n.kube, n.kube, n.stacks).Connect(t.Context(), other); err == nil {
		t.Error("Connect(...): want an error for a Secret that is not there")
	}
	if got := n.role(t); got != "admin" {
		t.Errorf("role of the other configuration: want admin, got %s", got)
	}
}

// What can be wrong with a configuration, as its status says it. Whatever that
// is, it heals when the cause is gone, and nothing secret is ever said.
func TestStatusOnTheWire(t *testing.T) {
	t.Parallel()
	const hmac = "key-that-nobody-may-see"
	l := newLab(t, simulator.Keys{View: hmac + "-view", Edit: hmac + "-edit", Admin: hmac, Token: hmac + "-token"})
	tls := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(tls.Close)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("<html>nginx</html>"))
	}))
	t.Cleanup(page.Close)
	nobody := httptest.NewServer(http.NotFoundHandler())
	nobody.Close()

	cases := map[string]struct {
		reason string
		change func(*v1alpha1.ProviderConfig)
		hmac   string
		role   string
		why    xpv2.ConditionReason
	}{
		"Admin":       {reason: "Metal-Admin is what is meant where nothing is said.", role: "admin", why: xpv2.ReasonAvailable},
		"View":        {reason: "The role is metal-api's word.", hmac: hmac + "-view", change: func(pc *v1alpha1.ProviderConfig) { pc.Spec.Credentials.HMACAuthType = v1alpha1.HMACAuthTypeView }, role: "view", why: xpv2.ReasonAvailable},
		"Token":       {reason: "A bearer token will do.", hmac: hmac + "-token", change: func(pc *v1alpha1.ProviderConfig) { pc.Spec.Credentials.Type = v1alpha1.CredentialsToken }, role: "admin", why: xpv2.ReasonAvailable},
		"WrongKey":    {reason: "A wrong key is Denied.", hmac: hmac + "-wrong", why: "Denied"},
		"WrongUser":   {reason: "The key of another user is Denied.", change: func(pc *v1alpha1.ProviderConfig) { pc.Spec.Credentials.HMACAuthType = v1alpha1.HMACAuthTypeView }, why: "Denied"},
		"WrongPath":   {reason: "A wrong base path is no metal-api.", change: func(pc *v1alpha1.ProviderConfig) { pc.Spec.URL = l.URL + "/metall" }, why: "Misdirected"},
		"Page":        {reason: "A proxy's page is no metal-api.", change: func(pc *v1alpha1.ProviderConfig) { pc.Spec.URL = page.URL + "/metal" }, why: "Misdirected"},
		"Certificate": {reason: "A certificate that nobody vouches for is refused.", change: func(pc *v1alpha1.ProviderConfig) { pc.Spec.URL = tls.URL + "/metal" }, why: "Misdirected"},
		"Nobody":      {reason: "Where nobody listens somebody may yet.", change: func(pc *v1alpha1.ProviderConfig) { pc.Spec.URL = nobody.URL + "/metal" }, why: "Transient"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tc.hmac == "" {
				tc.hmac = hmac
			}
			n := newTenant(t, l.url(), tc.hmac, "")
			if tc.change != nil {
				edit(t, n.kube, &v1alpha1.ProviderConfig{}, "metal", tc.change)
			}
			pc := n.reconcile(t)
			if got := pc.GetCondition(xpv2.TypeReady).Reason; got != tc.why || pc.Status.Role != tc.role {
				t.Errorf("%s\nwant %s, role %q; got %s, role %q: %s", tc.reason, tc.why, tc.role, got, pc.Status.Role, pc.GetCondition(xpv2.TypeReady).Message)
			}

			// Again nothing changes: messages hold nothing volatile.
			if again := n.reconcile(t); again.ResourceVersion != pc.ResourceVersion {
				t.Errorf("%s\nthe status was written again: %s", tc.reason, again.GetCondition(xpv2.TypeReady).Message)
			}

			shown, err := json.Marshal(pc)
			if err != nil {
				t.Fatal(err)
			}
			if said := string(shown) + strings.Join(n.events.messages, "\n"); strings.Contains(said, hmac) {
				t.Errorf("%s\nthe key is shown: %s", tc.reason, said)
			}

			edit(t, n.kube, &v1alpha1.ProviderConfig{}, "metal", func(pc *v1alpha1.ProviderConfig) {
				pc.Spec = providerConfig().Spec
				pc.Spec.URL = l.url()
			})
			edit(t, n.kube, &corev1.Secret{}, "metal-api", func(s *corev1.Secret) { s.Data["hmac"] = []byte(hmac) })
			if healed := n.reconcile(t); healed.GetCondition(xpv2.TypeReady).Status != corev1.ConditionTrue || healed.Status.Role != "admin" {
				t.Errorf("%s\nit does not heal: %s", tc.reason, healed.GetCondition(xpv2.TypeReady).Message)
			}
		})
	}
}

func TestPlainHTTPOncePerGeneration(t *testing.T) {
	t.Parallel()
	l := newLab(t, simulator.Keys{})
	n := newTenant(t, l.url(), "metal-admin", "")
	warnings := func() int {
		return strings.Count(strings.Join(n.events.messages, "\n"), "Warning PlainHTTP: ")
	}
	for range 3 {
		n.stacks = wired() // As after a restart.
		n.reconcile(t)
	}
	if got := warnings(); got != 1 {
		t.Errorf("want one warning for the first generation, got %d", got)
	}
	edit(t, n.kube, &v1alpha1.ProviderConfig{}, "metal", func(pc *v1alpha1.ProviderConfig) { pc.Spec.URL += "/" })
	n.reconcile(t)
	n.reconcile(t)
	if got := warnings(); got != 2 {
		t.Errorf("want one more for the second generation, got %d", got-1)
	}
}

// lines of a log.
type lines struct{ written []string }

func (l *lines) Info(msg string, kv ...any)          { l.written = append(l.written, fmt.Sprint(msg, kv)) }
func (l *lines) Debug(msg string, kv ...any)         { l.Info(msg, kv...) }
func (l *lines) WithValues(kv ...any) logging.Logger { l.Info("", kv...); return l }
