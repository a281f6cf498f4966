//go:build envtest

package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	changelogs "github.com/crossplane/crossplane-runtime/v2/apis/changelogs/proto/v1alpha1"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// TestWithoutSafeStart lets a provider work that may not watch CRDs, as
// Crossplane has it where a package does not say that it is safe to start.
func TestWithoutSafeStart(t *testing.T) {
	b := newBench(t, false)
	b.install(t, "providerconfigs", "clusterproviderconfigs", "providerconfigusages", "networks", "firewalls", "machines", "ips", "projects")
	b.startAlone(t)
	defer b.end(t)
	n := theNetwork()
	for _, o := range []client.Object{theSecret(), theConfig(b.url), n} {
		if err := b.kube.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	b.ready(t, n)
	b.delete(t, n)
	b.gone(t, n)
	if said := b.logs.String(); strings.Contains(said, "forbidden") || !strings.Contains(said, "may not watch CRDs") {
		t.Error("want the provider to say that it may not watch CRDs, and not to try")
	}
}

// freesAlone a network where Firewalls are not installed.
func (b *bench) freesAlone(t *testing.T) {
	t.Helper()
	n := theNetwork()
	n.SetName("alone")
	b.create(t, n)
	b.ready(t, n)
	b.delete(t, n)
	b.gone(t, n)
	b.wrote(t, n, "allocateNetwork", "freeNetwork")
}

// startsAnother kind in a running provider. Whatever order they are deleted in,
// the firewall goes before the network.
func (b *bench) startsAnother(t *testing.T) {
	t.Helper()
	b.install(t, "firewalls")
	n, f := theNetwork(), theFirewall("behind")
	n.SetName("behind")
	b.create(t, f)
	b.create(t, n)
	b.ready(t, n)
	b.ready(t, f)
	b.delete(t, n)
	eventually(t, func() string {
		if n, _ := look(t, b, n); !strings.Contains(n.Status.AtProvider.Message, "Firewall default/edge") {
			return fmt.Sprintf("want the network to wait for its firewall: %+v", n.Status)
		}
		return ""
	})
	b.delete(t, f)
	b.gone(t, f)
	b.gone(t, n)
	b.wrote(t, n, "allocateNetwork", "freeNetwork")
	b.wrote(t, f, "allocateFirewall", "freeMachine")
}

// theFirewall in front of a Network.
func theFirewall(network string) *v1alpha1.Firewall {
	f := &v1alpha1.Firewall{ObjectMeta: metav1.ObjectMeta{Namespace: team, Name: "edge"}}
	f.Spec.ProviderConfigReference = &xpv2.ProviderConfigReference{Kind: v1alpha1.ProviderConfigKind, Name: "metal"}
	p := &f.Spec.ForProvider
	p.Partition, p.ProjectID, p.Size, p.Image = "mini-lab", "00000000-0000-0000-0000-000000000001", "v1-small-x86", "firewall-ubuntu-3.0"
	p.PrivateNetworkIDRef = &v1alpha1.Reference{Name: network}
	p.Networks = []v1alpha1.AllocationNetwork{{Name: "internet", NetworkID: new("internet-mini-lab")}}
	return f
}

// tellsChanges to the change log.
func (b *bench) tellsChanges(t *testing.T) {
	t.Helper()
	eventually(t, func() string {
		for _, e := range b.sink.entries() {
			if e.GetKind() == "Network" && e.GetName() == theNetwork().GetName() && e.GetOperation() == changelogs.OperationType_OPERATION_TYPE_CREATE &&
				e.GetProvider() == "provider-metal-stack:"+version && e.GetErrorMessage() == "" {
				return ""
			}
		}
		return fmt.Sprintf("want an entry of the network's creation among %v", b.sink.entries())
	})
}

func (b *bench) create(t *testing.T, o client.Object) {
	t.Helper()
	if err := b.kube.Create(t.Context(), o); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) delete(t *testing.T, o client.Object) {
	t.Helper()
	if err := b.kube.Delete(t.Context(), o); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) ready(t *testing.T, mg resource.Managed) {
	t.Helper()
	eventually(t, func() string {
		if mg, _ := look(t, b, mg); mg.GetCondition(xpv2.TypeReady).Status != corev1.ConditionTrue {
			return fmt.Sprintf("want %T %s ready: %+v", mg, mg.GetName(), mg)
		}
		return ""
	})
}

func (b *bench) gone(t *testing.T, o client.Object) {
	t.Helper()
	uid := o.GetUID()
	eventually(t, func() string {
		if o, there := look(t, b, o); there {
			return fmt.Sprintf("%T %s is not gone: %+v", o, o.GetName(), o)
		}
		return ""
	})
	o.SetUID(uid)
}

// wrote about an object what is wanted, and nothing else.
func (b *bench) wrote(t *testing.T, o client.Object, want ...string) {
	t.Helper()
	var got []string
	for _, e := range b.sim.Journal() {
		if slices.ContainsFunc(e.Marks, func(m string) bool { return strings.HasSuffix(m, string(o.GetUID())) }) {
			got = append(got, e.Operation)
		}
	}
	if o.GetUID() == types.UID("") || !slices.Equal(want, got) {
		t.Errorf("%T %s %s: want the writes %v, got %v", o, o.GetName(), o.GetUID(), want, got)
	}
}
