//go:build e2e

package render

import (
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/fieldpath"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/crds"
)

var (
	seed  = flag.Uint64("seed", 0, "of the specs that TestPartsAccepted makes; another one each time if 0")
	specs = flag.Int("specs", 40, "that TestPartsAccepted makes of each kind")
)

// What a composite accepts, its parts accept, and theirs: else a tenant would
// have half of what he asked for, and an event would be all that says so.
func TestPartsAccepted(t *testing.T) {
	t.Parallel()
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	all, err := crds.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	schemas := map[string]*extv1.JSONSchemaProps{}
	for _, c := range all {
		schemas[c.Spec.Names.Kind] = c.Spec.Versions[0].Schema.OpenAPIV3Schema
	}
	var made, accepted atomic.Int32
	var seen sync.Map
	t.Run("Kinds", func(t *testing.T) {
		for _, kind := range []string{clusterv1alpha1.XClusterKind, clusterv1alpha1.XFirewallKind, clusterv1alpha1.XClusterClaimKind} {
			for i := range *specs {
				t.Run(fmt.Sprintf("%s/%d", kind, i), func(t *testing.T) {
					t.Parallel()
					o := subject(t, kind, i, schemas[kind])
					made.Add(1)
					asked := o.DeepCopy()
					if err := created(t, o); err != nil {
						// What is wrong is told before anything is made.
						t.Skip(err)
					}
					accepted.Add(1)
					note(&seen, kind+" spec", o.Object["spec"])
					partsAccepted(t, asked, o)
				})
			}
		}
	})
	t.Logf("-seed %d: %d of %d specs were accepted", *seed, accepted.Load(), made.Load())
	if 2*accepted.Load() < made.Load() {
		t.Errorf("-seed %d: only %d of %d specs were accepted: the rest tests nothing", *seed, accepted.Load(), made.Load())
	}
	for kind, s := range schemas {
		if made, _ := seen.Load(kind + " spec"); made == nil {
			continue
		}
		spec := s.Properties["spec"]
		fields("spec", &spec, func(path string) {
			if ok, _ := seen.Load(kind + " " + path); ok == nil {
				t.Errorf("-seed %d: no %s with %s was accepted", *seed, kind, path)
			}
		})
	}
}

// note that the fields of a value were accepted.
func note(seen *sync.Map, path string, value any) {
	seen.Store(path, true)
	switch v := value.(type) {
	case object:
		for name, field := range v {
			note(seen, path+"."+name, field)
		}
	case list:
		for _, item := range v {
			note(seen, path, item)
		}
	}
}

// fields calls fn for each of a schema's that are not Crossplane's.
func fields(path string, s *extv1.JSONSchemaProps, fn func(path string)) {
	fn(path)
	for name, field := range s.Properties {
		if path != "spec" || !crds.OfCrossplane(name) {
			fields(path+"."+name, &field, fn)
		}
	}
	if s.Items != nil {
		fields(path, s.Items.Schema, fn)
	}
}

// way to the private network of an XFirewall: there must be one, and no other.
func (m *maker) way(o *unstructured.Unstructured) {
	spec, ok := o.Object["spec"].(object)
	ways := []string{"privateNetworkID", "privateNetworkIDRef", "privateNetworkIDSelector"}
	if !ok || o.GetKind() != clusterv1alpha1.XFirewallKind || m.IntN(4) == 0 {
		return
	}
	keep := ways[m.IntN(len(ways))]
	for _, w := range ways {
		if _, made := spec[keep]; made && w != keep {
			delete(spec, w)
		}
	}
}

// joined are the networks that egress addresses are of by the firewall, mostly.
func (m *maker) joined(o *unstructured.Unstructured) {
	spec, ok := o.Object["spec"].(object)
	if !ok || m.IntN(4) == 0 {
		return
	}
	egress, _ := spec["egressIPs"].(list)
	firewall, _ := spec["firewall"].(object)
	networks, _ := firewall["networks"].(list)
	for i, e := range egress {
		if entry, ok := e.(object); ok && len(networks) > 0 {
			entry["network"] = networks[i%len(networks)].(object)["networkID"]
		}
	}
}

// subject is the i-th of a kind: its fields are all of a class for the first
// ones, and each of another for the rest.
func subject(t *testing.T, kind string, i int, s *extv1.JSONSchemaProps) *unstructured.Unstructured {
	t.Helper()
	h := fnv.New64()
	_, _ = fmt.Fprintf(h, "%s/%d", kind, i)
	m := &maker{T: t, Rand: rand.New(rand.NewPCG(*seed, h.Sum64()))}
	if i < len(classes) {
		m.all = classes[i]
	}
	spec := s.Properties["spec"]
	o := &unstructured.Unstructured{Object: object{"spec": m.object("spec", &spec)}}
	o.SetGroupVersionKind(clusterv1alpha1.SchemeGroupVersion.WithKind(kind))
	o.SetNamespace("default")
	m.way(o)
	m.joined(o)
	name := m.name(1+m.IntN(49), false)
	if m.all == "" {
		// Longer names, and dots, are refused where they do not fit.
		lengths := []int{1, 49, 50, 51, 53, 54, 62, 63, 1 + m.IntN(63)}
		name = m.name(lengths[m.IntN(len(lengths))], kind == clusterv1alpha1.XFirewallKind && m.IntN(2) == 0)
	}
	if kind == clusterv1alpha1.XClusterKind && m.IntN(2) == 0 {
		o.SetGenerateName(name)
	} else {
		o.SetName(name)
	}
	if m.IntN(4) == 0 {
		odd := []string{"", "A", "A_b.C", m.name(63, true)}
		o.SetLabels(map[string]string{clusterv1alpha1.LabelName: odd[m.IntN(len(odd))]})
	}
	return o
}

// created returns what the API server says to an object without those of its
// fields that it refuses. It is what the API server would have made of it.
func created(t *testing.T, o *unstructured.Unstructured) error {
	t.Helper()
	for {
		try := o.DeepCopy()
		err := kube.Create(t.Context(), try, client.DryRunAll)
		if err == nil {
			o.Object = try.Object
			o.SetManagedFields(nil)
			return nil
		}
		if !corrected(o, err) {
			return err
		}
	}
}

// corrected is true if something was taken out of an object that its refusal is
// about.
func corrected(o *unstructured.Unstructured, refusal error) bool {
	var status kerrors.APIStatus
	if !errors.As(refusal, &status) || status.Status().Details == nil {
		return false
	}
	p := fieldpath.Pave(o.Object)
	before := o.DeepCopy()
	for _, c := range status.Status().Details.Causes {
		field := c.Field
		switch {
		case strings.Contains(c.Message, "egressIPs are addresses of networks"):
			field = "spec.egressIPs"
		case strings.Contains(c.Message, "networkID names a network that has its prefixes"):
			field += ".networkID"
		case strings.Contains(c.Message, "addresses say how many"):
			field += ".count"
		case strings.Contains(c.Message, "addressFamily is not that of all addresses"):
			field += ".addressFamily"
		case field == "spec":
			_ = p.DeleteField("spec.privateNetworkIDSelector")
			_ = p.SetValue("spec.privateNetworkID", "n1")
			continue
		case strings.Contains(c.Message, "addressFamilies are for given addresses"):
			field += ".addressFamilies"
		case c.Type == metav1.CauseTypeFieldValueRequired:
			field = field[:strings.LastIndex(field, ".")]
		case strings.HasSuffix(field, "]"):
			field = field[:strings.LastIndex(field, "[")]
		}
		if strings.HasPrefix(field, "spec.") {
			_ = p.DeleteField(field)
		}
	}
	return !equal(before.Object, o.Object)
}

func equal(a, b object) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// partsAccepted fails if the API server refuses a part of a composite, or a
// part's part.
func partsAccepted(t *testing.T, asked, o *unstructured.Unstructured) {
	t.Helper()
	xr := o
	if o.GetKind() == clusterv1alpha1.XClusterClaimKind {
		xr = composite(o)
		xr.SetUID("uid-of-composite")
		xr.SetResourceVersion("")
		unstructured.RemoveNestedField(xr.Object, "spec", "compositeDeletePolicy")
		if err := kube.Create(t.Context(), xr, client.DryRunAll); err != nil {
			refused(t, asked, xr, err)
			return
		}
		xr.SetManagedFields(nil)
	}
	for _, part := range sorted(render(t, xr).composed) {
		if part.GetKind() == "Usage" {
			continue // Crossplane's own, which is not installed here.
		}
		// As Crossplane does it.
		if err := kube.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(part), client.ForceOwnership, client.FieldOwner("apiextensions.crossplane.io/composed"), client.DryRunAll); err != nil {
			refused(t, asked, part, err)
			continue
		}
		if part.GroupVersionKind().Group == clusterv1alpha1.Group {
			part.SetManagedFields(nil)
			partsAccepted(t, asked, part)
		}
	}
}

func refused(t *testing.T, asked, part *unstructured.Unstructured, err error) {
	t.Helper()
	b, _ := yaml.Marshal(asked.Object)
	t.Errorf("-seed %d: %s is accepted, and its %s is not: %v\n%s", *seed, asked.GetKind(), part.GetKind(), err, b)
}
