//go:build envtest

package validation

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// composites are the kinds that a tenant looks at, and the one behind a claim.
var composites = []string{"XCluster", "XFirewall", "XClusterClaim", "ClaimedXCluster"}

// MESSAGE shows what the composition gathered from the parts.
func TestMessageColumn(t *testing.T) {
	t.Parallel()
	objects := subjects(t)
	for _, kind := range composites {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			o := created(t, objects[kind])
			if diff := cmp.Diff(nil, cell(t, o, "MESSAGE")); diff != "" {
				t.Errorf("Nothing is said. -want, +got:\n%s", diff)
			}
			change{"status.message": "no prefix is left; no machine is left"}.apply(t, o)
			if err := kube.Status().Update(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(any("no prefix is left; no machine is left"), cell(t, o, "MESSAGE")); diff != "" {
				t.Errorf("Something is said. -want, +got:\n%s", diff)
			}
		})
	}
}

// WORKERS shows how many are ready, and nothing where there shall be none.
func TestWorkersColumn(t *testing.T) {
	t.Parallel()
	objects := subjects(t)
	for _, kind := range []string{"XCluster", "XClusterClaim", "ClaimedXCluster"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			o := created(t, objects[kind])
			if diff := cmp.Diff(nil, cell(t, o, "WORKERS")); diff != "" {
				t.Errorf("There are none. -want, +got:\n%s", diff)
			}
			change{"status.workersReady": "2/3"}.apply(t, o)
			if err := kube.Status().Update(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(any("2/3"), cell(t, o, "WORKERS")); diff != "" {
				t.Errorf("There are some. -want, +got:\n%s", diff)
			}
		})
	}
}

// DELETING shows for how long something goes already: what has parts stays until
// they are gone, if it is deleted in the foreground.
func TestDeletingColumn(t *testing.T) {
	t.Parallel()
	objects := subjects(t)
	for _, kind := range composites {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			o := objects[kind].DeepCopy()
			o.SetFinalizers([]string{"example.org/parts"})
			o = created(t, o)
			if diff := cmp.Diff(nil, cell(t, o, "DELETING")); diff != "" {
				t.Errorf("It stays. -want, +got:\n%s", diff)
			}
			if err := kube.Delete(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			text, _ := cell(t, o, "DELETING").(string)
			if age, err := time.ParseDuration(text); err != nil || age > time.Minute {
				t.Errorf("It goes since some seconds: got %q", text)
			}
		})
	}
}

// created is a copy of an object at the API server, with names of its own.
func created(t *testing.T, o *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	o = o.DeepCopy()
	if o.GetKind() == "ClaimedXCluster" {
		o.SetNamespace("")
		o.SetName(strings.ToLower(strings.ReplaceAll(t.Name(), "/", "-")))
	} else {
		o.SetNamespace(namespace(t.Context(), t))
	}
	if err := kube.Create(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return o
}

// cell is what kubectl get shows of an object in a column.
func cell(t *testing.T, o *unstructured.Unstructured, column string) any {
	t.Helper()
	gvk := o.GroupVersionKind()
	path := []string{"apis", gvk.Group, gvk.Version}
	if ns := o.GetNamespace(); ns != "" {
		path = append(path, "namespaces", ns)
	}
	table := &metav1.Table{}
	err := rest.Get().
		AbsPath(append(path, strings.ToLower(gvk.Kind)+"s", o.GetName())...).
		SetHeader("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io").
		Do(t.Context()).Into(table)
	if err != nil {
		t.Fatal(err)
	}
	for i := range table.ColumnDefinitions {
		if table.ColumnDefinitions[i].Name == column {
			return table.Rows[0].Cells[i]
		}
	}
	t.Fatalf("there is no column %s", column)
	return nil
}
