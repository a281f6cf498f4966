package controller

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/google/go-cmp/cmp"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// kubeWith a Network. Before each patch of it something may happen, or fail.
func kubeWith(t *testing.T, n *v1alpha1.Network, before func(c client.Client) error) client.Client {
	t.Helper()
	s := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(s); err != nil {
		t.Fatal(err)
	}
	return fake.NewClientBuilder().WithScheme(s).WithStatusSubresource(n).WithObjects(n).WithInterceptorFuncs(interceptor.Funcs{
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
			if err := before(c); err != nil {
				return err
			}
			return c.Patch(ctx, o, p, opts...)
		},
	}).Build()
}

func network() *v1alpha1.Network {
	return &v1alpha1.Network{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "n", Annotations: map[string]string{"of": "a person"}}}
}

var errAway = errors.New("the API server is away")

// What must not be lost is written when the API server is back, also after the
// reconcile's deadline; what the reconcile found out meanwhile is kept.
func TestPersist(t *testing.T) {
	t.Parallel()
	tries := 0
	kube := kubeWith(t, network(), func(client.Client) error {
		if tries++; tries < 4 {
			return errAway
		}
		return nil
	})
	n := network()
	if err := kube.Get(t.Context(), client.ObjectKeyFromObject(n), n); err != nil {
		t.Fatal(err)
	}
	version := n.GetResourceVersion()
	n.Status.AtProvider.ID = "4f1c"
	n.Spec.ForProvider.Partition = "not to be written"

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (persister{kube, time.Minute}).persist(ctx, n, identity(Facts{ID: "4f1c", AllocationUUID: "4f1c"}, "then")); err != nil {
		t.Fatal(err)
	}
	if n.Status.AtProvider.ID != "4f1c" || n.GetResourceVersion() == version || meta.GetExternalName(n) != "4f1c" {
		t.Errorf("want the status kept, and resource version and annotations copied back, got %+v", n)
	}
	there := network()
	if err := kube.Get(t.Context(), client.ObjectKeyFromObject(n), there); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"of": "a person", meta.AnnotationKeyExternalName: "4f1c", v1alpha1.AnnotationAllocationUUID: "4f1c", v1alpha1.AnnotationPartitionCreated: "then"}
	if diff := cmp.Diff(want, there.GetAnnotations()); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	if there.Spec.ForProvider.Partition != "" || there.Status.AtProvider.ID != "" {
		t.Errorf("want nothing but annotations written, got %+v", there)
	}
}

func TestPersistGivesUp(t *testing.T) {
	t.Parallel()
	notFound := kerrors.NewNotFound(v1alpha1.SchemeGroupVersion.WithResource("networks").GroupResource(), "n")
	for name, cause := range map[string]error{"Away": errAway, "Gone": notFound} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kube := kubeWith(t, network(), func(client.Client) error { return cause })
			err := persister{kube, 100 * time.Millisecond}.UpdateCriticalAnnotations(t.Context(), network())
			if !errors.Is(err, cause) {
				t.Errorf("want %v, got %v", cause, err)
			}
		})
	}
}

// What rests on what was read is not written over what has changed since.
func TestWriteConflicts(t *testing.T) {
	t.Parallel()
	kube := kubeWith(t, network(), func(client.Client) error { return nil })
	n, stale := network(), network()
	for _, o := range []*v1alpha1.Network{n, stale} {
		if err := kube.Get(t.Context(), client.ObjectKeyFromObject(o), o); err != nil {
			t.Fatal(err)
		}
	}
	p := persister{kube, time.Second}
	if err := p.write(t.Context(), n, forgotten()); err != nil {
		t.Fatal(err)
	}
	meta.AddAnnotations(n, map[string]string{"changed": "since"})
	if err := kube.Update(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	if err := p.write(t.Context(), stale, forgotten()); !kerrors.IsConflict(err) {
		t.Errorf("want a conflict, got %v", err)
	}
}

// FuzzJudge looks for a way to take what is somebody's for ours, or for gone.
func FuzzJudge(f *testing.F) {
	f.Add("us", "m1", "a1", "", "us", "a1", "p1", "p1", "", true, false)
	f.Add("us", "m1", "a1", "them", "them", "a2", "p1", "p1", "", true, true)
	f.Add("us", "m1", "", "", "", "a2", "p1", "p2", "", false, false)
	f.Fuzz(func(t *testing.T, uid, id, recorded, takeOver, mark, allocation, wants, project, unfit string, found, observes bool) {
		if uid == "" || allocation == "" {
			t.Skip("An API server gives uids, metal-api allocation uuids.")
		}
		r := with(Record{UID: types.UID(uid), ExternalName: id, AllocationUUID: recorded}, takeOver, observes)
		var facts *Facts
		if found {
			facts = &Facts{ID: id, AllocationUUID: allocation, ProjectID: project, Unfit: unfit}
			facts.Marks.UID = types.UID(mark)
		}
		j := Judge("firewall", r, Place{ProjectID: wants}, facts)
		switch {
		case (j.Verdict == Nothing) == found:
			t.Errorf("found %t, and judged %s", found, j.Verdict)
		case !found:
		case j.Touchable() && mark != uid && recorded != "" && recorded != allocation:
			t.Errorf("another allocation is touchable: %+v", j)
		case j.Touchable() && mark != uid && mark != "" && mark != takeOver:
			t.Errorf("another resource's is touchable: %+v", j)
		case j.Touchable() && mark != uid && mark == "" && recorded == "":
			t.Errorf("nobody's is touchable before it was imported: %+v", j)
		case j.Touchable() && (unfit != "" || (wants != "" && wants != project)):
			t.Errorf("what is of another role or project is touchable: %+v", j)
		case j.Verdict == Another && (mark == uid || recorded == "" || recorded == allocation):
			t.Errorf("ours is taken for gone: %+v", j)
		}
	})
}
