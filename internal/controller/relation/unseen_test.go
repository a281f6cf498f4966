package relation

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// counted lists. The first one waits, if there is something to wait for.
type counted struct {
	client.Reader

	lists atomic.Int32
	wait  chan struct{}
}

func (c *counted) List(ctx context.Context, l client.ObjectList, opts ...client.ListOption) error {
	if c.lists.Add(1) == 1 && c.wait != nil {
		<-c.wait
	}
	return c.Reader.List(ctx, l, opts...)
}

func cluster(t *testing.T, fws ...*v1alpha1.Firewall) client.WithWatch {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	b := fake.NewClientBuilder().WithScheme(scheme)
	for _, fw := range fws {
		b = b.WithObjects(fw)
	}
	return b.Build()
}

func firewallNamed(name string, uid types.UID, generation int64) *v1alpha1.Firewall {
	return &v1alpha1.Firewall{ObjectMeta: metav1.ObjectMeta{Namespace: "team", Name: name, UID: uid, Generation: generation}}
}

// namesOf resources, sorted.
func namesOf(all []resource.Managed) []string {
	var names []string
	for _, mg := range all {
		names = append(names, nameOf(mg))
	}
	slices.Sort(names)
	return names
}

// A Firewall counts that the cache has not heard of, or not as it is.
func TestUnseen(t *testing.T) {
	t.Parallel()
	live := cluster(t, firewallNamed("known", "1", 1), firewallNamed("changed", "2", 2), firewallNamed("another", "4", 1), firewallNamed("new", "5", 1))
	kube := cluster(t, firewallNamed("known", "1", 1), firewallNamed("changed", "2", 1), firewallNamed("another", "3", 1), firewallNamed("gone", "6", 1))
	fws, err := home(kube, live).unseen["Firewall"].resources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"team/another", "team/changed", "team/new"}, namesOf(fws)); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// Many ask together, and none is told what was so before it asked.
func TestUnseenTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		live := cluster(t)
		c := &counted{Reader: live, wait: make(chan struct{})}
		u := home(cluster(t), c).unseen["Firewall"]
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := u.resources(t.Context()); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		if err := live.Create(t.Context(), firewallNamed("new", "1", 1)); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			all.Go(func() {
				fws, err := u.resources(t.Context())
				if err != nil || len(fws) != 1 {
					t.Errorf("want what came before it was asked, got %v, %v", namesOf(fws), err)
				}
			})
		}
		synctest.Wait()
		close(c.wait)
		all.Wait()
		if got := c.lists.Load(); got != 2 {
			t.Errorf("want one list for all who asked while the first was read, got %d more", got-1)
		}
	})
}

// A Firewall that comes to be known while others are looked for is not missed: it is
// shown by the cache after that was asked, and before all were read past it.
func TestNamedByWhatComesMeanwhile(t *testing.T) {
	t.Parallel()
	nw := &v1alpha1.Network{ObjectMeta: metav1.ObjectMeta{Namespace: "team", Name: "n"}}
	meta.SetExternalName(nw, "id")
	kube := indexed(t).Build()
	fw := firewallNamed("late", "1", 1)
	fw.Spec.ForProvider.PrivateNetworkID = new("id")
	meta.SetExternalCreatePending(fw, time.Now())
	all := cluster(t, fw.DeepCopy())
	past := &listed{Reader: all, before: func() {
		if err := kube.Create(t.Context(), fw.DeepCopy()); err != nil {
			t.Fatal(err)
		}
	}}
	who, err := home(kube, past).Users(t.Context(), nil, "Network", nw)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Firewall team/late"}, who); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// A Firewall that the cache shows as if nothing had begun is asked for past it: it may
// have begun since.
func TestBegun(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(fw *v1alpha1.Firewall)
		want   []string
	}{
		"Not":     {func(*v1alpha1.Firewall) {}, nil},
		"Pending": {func(fw *v1alpha1.Firewall) { meta.SetExternalCreatePending(fw, time.Now()) }, []string{"Firewall team/late"}},
		"Garbled": {func(fw *v1alpha1.Firewall) {
			meta.AddAnnotations(fw, map[string]string{meta.AnnotationKeyExternalCreatePending: "soon"})
		}, []string{"Firewall team/late"}},
		"Unknown": {func(fw *v1alpha1.Firewall) {
			meta.AddAnnotations(fw, map[string]string{v1alpha1.AnnotationCreateUnknownSince: "now"})
		}, []string{"Firewall team/late"}},
		"There":    {func(fw *v1alpha1.Firewall) { meta.SetExternalName(fw, "m1") }, []string{"Firewall team/late"}},
		"Deleting": {func(fw *v1alpha1.Firewall) { fw.Finalizers, fw.DeletionTimestamp = []string{"f"}, new(metav1.Now()) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nw := &v1alpha1.Network{ObjectMeta: metav1.ObjectMeta{Namespace: "team", Name: "n"}}
			meta.SetExternalName(nw, "id")
			fw := firewallNamed("late", "1", 1)
			fw.Spec.ForProvider.PrivateNetworkID = new("id")
			kube := indexed(t).WithObjects(fw.DeepCopy()).Build()
			tc.change(fw)
			who, err := home(kube, cluster(t, fw)).Users(t.Context(), nil, "Network", nw)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, who); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}

// listed calls something before it lists.
type listed struct {
	client.Reader

	before func()
}

func (l *listed) List(ctx context.Context, all client.ObjectList, opts ...client.ListOption) error {
	l.before()
	return l.Reader.List(ctx, all, opts...)
}
