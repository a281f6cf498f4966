//go:build envtest

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/config"
)

// TestProvider tells one story, with the rights that Crossplane gives to a
// provider. Its parts build on each other.
func TestProvider(t *testing.T) {
	b := newBench(t, true)
	b.start(t)
	defer b.end(t)

	for _, part := range []struct {
		name string
		do   func(*testing.T)
	}{
		{"IsHealthyBeforeItsKindsAreThere", b.healthy},
		{"StartsWhenAKindIsThere", b.starts},
		{"TracksWhoUsesAConfiguration", b.tracks},
		{"IsQuietAtRest", b.quiet},
		{"LooksWhenItIsAsked", b.looks},
		{"MeasuresRequests", b.measures},
		{"TellsWhatItChanges", b.tellsChanges},
		{"RotatesTheKeyWithoutRestart", b.rotates},
		{"SaysThatASecretWasDeleted", b.missesSecret},
		{"FreesANetworkWhereThereAreNoFirewalls", b.freesAlone},
		{"StartsAnotherKindWhenThatIsThere", b.startsAnother},
		{"KeepsWhatIsNeededUntilTheLastUserIsGone", b.keeps},
		{"ShowsNoSecrets", b.showsNoSecrets},
	} {
		if !t.Run(part.name, part.do) {
			return
		}
	}
}

func theSecret() *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: team, Name: "metal-api"}, StringData: map[string]string{"hmac": hmac + "\n"}}
}

func theConfig(url string) *v1alpha1.ProviderConfig {
	return &v1alpha1.ProviderConfig{
		ObjectMeta: metav1.ObjectMeta{Namespace: team, Name: "metal"},
		Spec: v1alpha1.ProviderConfigSpec{
			ConnectionSpec: v1alpha1.ConnectionSpec{URL: url},
			Credentials:    v1alpha1.Credentials{SecretRef: v1alpha1.LocalSecretKey{Name: "metal-api", Key: "hmac"}},
		},
	}
}

func theNetwork() *v1alpha1.Network {
	n := &v1alpha1.Network{ObjectMeta: metav1.ObjectMeta{Namespace: team, Name: "net"}}
	n.Spec.ProviderConfigReference = &xpv2.ProviderConfigReference{Kind: v1alpha1.ProviderConfigKind, Name: "metal"}
	n.Spec.ForProvider.Partition = "mini-lab"
	n.Spec.ForProvider.ProjectID = "00000000-0000-0000-0000-000000000001"
	return n
}

// look at an object; nil if it is gone.
func look[T client.Object](t *testing.T, b *bench, o T) (T, bool) {
	t.Helper()
	err := b.kube.Get(t.Context(), client.ObjectKeyFromObject(o), o)
	if client.IgnoreNotFound(err) != nil {
		t.Fatal(err)
	}
	return o, err == nil
}

func (b *bench) healthy(t *testing.T) {
	t.Helper()
	for _, path := range []string{"/healthz", "/readyz"} {
		eventually(t, func() string {
			if body, err := fetch(t, "http://"+b.flags.HealthProbeBindAddress+path); err != nil || body != "ok" {
				return fmt.Sprintf("%s: %q, %v", path, body, err)
			}
			return ""
		})
	}
}

// looks at a resource that rests when somebody asks, and says that it did.
func (b *bench) looks(t *testing.T) {
	t.Helper()
	n, _ := look(t, b, theNetwork())
	was := n.DeepCopy()
	meta.SetReconcileRequest(n, "now, please")
	if err := b.kube.Patch(t.Context(), n, client.MergeFrom(was)); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() string {
		if n, _ := look(t, b, theNetwork()); n.Status.LastHandledReconcileAt != "now, please" {
			return fmt.Sprintf("want the request handled: %+v", n.Status)
		}
		return ""
	})
}

func (b *bench) starts(t *testing.T) {
	t.Helper()
	b.install(t, "providerconfigs", "clusterproviderconfigs", "providerconfigusages", "networks")
	for _, o := range []client.Object{theSecret(), theConfig(b.url)} {
		if err := b.kube.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, func() string {
		c, _ := look(t, b, theConfig(""))
		if c.GetCondition(xpv2.TypeReady).Status != corev1.ConditionTrue || c.Status.Role != "admin" || c.Status.Version == "" {
			return fmt.Sprintf("want the configuration ready, as admin: %+v", c.Status)
		}
		s, _ := look(t, b, theSecret())
		if s.Labels[config.InUse] == "" || meta.FinalizerExists(s, config.InUse) {
			return fmt.Sprintf("want the Secret labelled, and not kept: %v, %v", s.Labels, s.Finalizers)
		}
		return ""
	})
}

func (b *bench) tracks(t *testing.T) {
	t.Helper()
	if err := b.kube.Create(t.Context(), theNetwork()); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() string {
		n, _ := look(t, b, theNetwork())
		if n.GetCondition(xpv2.TypeReady).Status != corev1.ConditionTrue {
			return fmt.Sprintf("want the network ready: %+v", n.Status)
		}
		u, ok := look(t, b, &v1alpha1.ProviderConfigUsage{ObjectMeta: metav1.ObjectMeta{Namespace: team, Name: string(n.UID)}})
		if owner := metav1.GetControllerOf(u); !ok || owner == nil || *owner.BlockOwnerDeletion || !meta.FinalizerExists(u, config.InUse) {
			return fmt.Sprintf("want a usage that does not block its owner: %+v", u)
		}
		c, _ := look(t, b, theConfig(""))
		if c.Status.Users != 1 {
			return fmt.Sprintf("want one user, got %d", c.Status.Users)
		}
		if s, _ := look(t, b, theSecret()); !meta.FinalizerExists(s, config.InUse) {
			return "want the Secret kept"
		}
		return ""
	})
}

// versions of all objects that are ours.
func (b *bench) versions(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, l := range []client.ObjectList{&v1alpha1.NetworkList{}, &v1alpha1.ProviderConfigList{}, &v1alpha1.ProviderConfigUsageList{}, &corev1.SecretList{}, &corev1.EventList{}} {
		if err := b.kube.List(t.Context(), l, client.InNamespace(team)); err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		var items struct {
			Items []metav1.PartialObjectMetadata `json:"items"`
		}
		if err := json.Unmarshal(raw, &items); err != nil {
			t.Fatal(err)
		}
		for _, o := range items.Items {
			all[fmt.Sprintf("%T %s", l, o.Name)] = o.ResourceVersion
		}
	}
	return all
}

func (b *bench) quiet(t *testing.T) {
	t.Helper()
	const polls = 6
	before := b.versions(t)
	b.sim.ResetCounters()
	select {
	case <-time.After(polls * poll):
	case <-t.Context().Done():
	}
	if diff := cmp.Diff(before, b.versions(t)); diff != "" {
		t.Errorf("at rest something was written: -before, +after:\n%s", diff)
	}
	reads := 0
	for _, n := range b.sim.Counters() {
		reads += n
	}
	// A poll comes up to a tenth sooner than it should.
	if most := 2 * (polls + 2); reads < polls-2 || reads > most {
		t.Errorf("want two reads for each of %d polls at most, got %v", polls, b.sim.Counters())
	}
}

func (b *bench) measures(t *testing.T) {
	t.Helper()
	eventually(t, func() string {
		body, err := fetch(t, "http://"+b.flags.MetricsBindAddress+"/metrics")
		if err != nil {
			return err.Error()
		}
		for _, want := range []string{
			`metal_stack_api_request_duration_seconds_count{operation="allocateNetwork",status="2xx"} 1`,
			`crossplane_managed_resource_ready{gvk="metal-stack.m.crossplane.io/v1alpha1, Kind=Network"} 1`,
		} {
			if !strings.Contains(body, want) {
				return "the metrics lack " + want
			}
		}
		if strings.Contains(body, hmac) {
			t.Error("the metrics hold the key")
		}
		return ""
	})
}

// keeps configuration and Secret, which are deleted first.
func (b *bench) keeps(t *testing.T) {
	t.Helper()
	n, _ := look(t, b, theNetwork())
	usage := &v1alpha1.ProviderConfigUsage{ObjectMeta: metav1.ObjectMeta{Namespace: team, Name: string(n.UID)}}
	needed := []client.Object{theSecret(), theConfig(""), usage}
	for _, o := range needed {
		if err := b.kube.Delete(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, func() string {
		c, there := look(t, b, theConfig(""))
		if msg := c.GetCondition("Terminating").Message; !there || !strings.Contains(msg, "Network default/net") {
			return "want the configuration to say who uses it, got: " + msg
		}
		return ""
	})
	if err := b.kube.Delete(t.Context(), theNetwork()); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() string {
		for _, o := range append(needed, theNetwork()) {
			if _, there := look(t, b, o); there {
				return fmt.Sprintf("%T %s is not gone: %v", o, o.GetName(), o.GetFinalizers())
			}
		}
		return ""
	})
	b.wrote(t, n, "allocateNetwork", "freeNetwork")
}

// showsNoSecrets in events and logs.
func (b *bench) showsNoSecrets(t *testing.T) {
	t.Helper()
	events := &corev1.EventList{}
	if err := b.kube.List(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	said := b.logs.String() + fmt.Sprint(b.sink.entries())
	warned := 0
	for i := range events.Items {
		said += events.Items[i].Message
		if e := &events.Items[i]; e.Reason == "PlainHTTP" && e.InvolvedObject.Name == "metal" {
			warned += int(max(1, e.Count))
		}
	}
	if strings.Contains(said, hmac) {
		t.Error("events, logs or the change log show the key")
	}
	if warned != 1 {
		t.Errorf("want one warning of plain http, got %d", warned)
	}
	if !strings.Contains(said, "Reconciling") {
		t.Error("the logs are not those of debug level: nothing was proved")
	}
}

func fetch(t *testing.T, url string) (string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return string(body), err
}
