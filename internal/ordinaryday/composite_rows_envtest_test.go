//go:build envtest

package ordinaryday

import (
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	projectcrds "github.com/crossplane-contrib/provider-metal-stack/internal/crds"
)

// compositesOrdinaryDay leads each composite, and the claim, through its rows:
// each field is absent, empty, set, changed and removed while nothing exists, and
// while something does. And each is applied again.
func compositesOrdinaryDay(t *testing.T, s *server) {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "composites"}}
	if err := s.kube.Create(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	all := composites()
	for _, c := range composedCRDs(t) {
		kind := c.Spec.Names.Kind
		k := all[kind]
		delete(all, kind)
		if k == nil {
			t.Errorf("%s has no entry in the table", kind)
			continue
		}
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			fields := specOf(c)
			for path := range k.fields {
				if _, ok := fields[path]; !ok {
					t.Errorf("there is no field spec.%s", path)
				}
			}
			for path, schema := range fields {
				f, ok := k.fields[path]
				if !ok {
					t.Errorf("spec.%s has no entry: say what it can be", path)
					continue
				}
				t.Run(path, func(t *testing.T) {
					t.Parallel()
					r := &composedRow{t: t, server: s, kind: kind, of: k, path: path, field: f}
					r.absent()
					r.empty(empties(schema))
					r.life()
				})
			}
			t.Run("applied-again", func(t *testing.T) {
				t.Parallel()
				r := &composedRow{t: t, server: s, kind: kind, of: k}
				r.appliedAgain(r.manifest("rest"))
				r.appliedAgain(r.manifest("everything", k.everything))
			})
		})
	}
	for kind := range all {
		t.Errorf("there is no kind %s", kind)
	}
}

// composedCRDs are those of the composites that a person makes, and of the claim.
func composedCRDs(t *testing.T) []*extv1.CustomResourceDefinition {
	t.Helper()
	all, err := projectcrds.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(c *extv1.CustomResourceDefinition) bool {
		return c.Spec.Group != clusterv1alpha1.Group || c.Spec.Names.Kind == "ClaimedXCluster"
	})
}

// specOf a composite: all fields that are not Crossplane's, required or not.
func specOf(c *extv1.CustomResourceDefinition) map[string]extv1.JSONSchemaProps {
	spec := c.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]
	spec.Properties = maps.Clone(spec.Properties)
	maps.DeleteFunc(spec.Properties, func(name string, _ extv1.JSONSchemaProps) bool { return projectcrds.OfCrossplane(name) })
	all := map[string]extv1.JSONSchemaProps{}
	below(all, "", spec, func(bool) bool { return true })
	return all
}

// A composedRow is what is done to one field.
type composedRow struct {
	*server

	t    *testing.T
	kind string
	of   *composed
	path string
	field
}

func (r *composedRow) manifest(name string, cs ...change) *unstructured.Unstructured {
	r.t.Helper()
	o := &unstructured.Unstructured{Object: object{"spec": object{}}}
	o.SetGroupVersionKind(schema.GroupVersionKind{Group: clusterv1alpha1.Group, Version: "v1alpha1", Kind: r.kind})
	o.SetNamespace("composites")
	o.SetName(strings.TrimRight((fit(r.path+"-"+name) + "-x")[:min(50, len(fit(r.path+"-"+name)))], "-"))
	r.of.rest.apply(r.t, o)
	for _, c := range cs {
		c.apply(r.t, o)
	}
	return o
}

func (r *composedRow) at() string { return "spec." + strings.ReplaceAll(r.path, "[]", "[0]") }

func (r *composedRow) without() change { return r.given.with(r.instead, change{r.at(): nil}) }

func (r *composedRow) with(v any) change {
	return r.given.with(r.instead.without(), change{r.at(): v})
}

func (r *composedRow) absent() {
	r.t.Helper()
	r.answers("absent", r.kube.Create(r.t.Context(), r.manifest("absent", r.without()), client.DryRunAll), r.required)
}

func (r *composedRow) empty(empties []any) {
	r.t.Helper()
	for _, v := range empties {
		o := r.manifest("empty", r.without().with(change{r.at(): v}))
		r.answers("empty", r.kube.Create(r.t.Context(), o, client.DryRunAll), r.notEmpty)
	}
}

// life of one object: corrected while nothing exists, changed while something
// does.
func (r *composedRow) life() {
	r.t.Helper()
	ctx := r.t.Context()
	o := r.manifest("life", r.with(r.set))
	if err := r.kube.Create(ctx, o); err != nil {
		r.t.Fatal(err)
	}
	edit := func(what string, c change, refusal string) {
		r.t.Helper()
		next := r.manifest("life", c)
		next.SetResourceVersion(o.GetResourceVersion())
		next.Object["status"] = o.Object["status"]
		err := r.kube.Update(ctx, next)
		r.answers(what, err, refusal)
		if err == nil {
			o = next
		}
	}
	edit("changed while nothing exists", r.with(r.other), "")
	edit("removed while nothing exists", r.without(), r.required)
	edit("set again", r.with(r.set), "")

	for path, v := range r.of.exists {
		if err := unstructured.SetNestedField(o.Object, v, strings.Split(path, ".")...); err != nil {
			r.t.Fatal(err)
		}
	}
	if err := r.kube.Status().Update(ctx, o); err != nil {
		r.t.Fatal(err)
	}
	edit("changed while something exists", r.with(r.other), r.moved)
	edit("set back", r.with(r.set), "")
	refusal := r.required
	if refusal == "" {
		refusal = r.moved
	}
	edit("removed while something exists", r.without(), refusal)
	if err := r.kube.Delete(ctx, o); err != nil {
		r.t.Error(err)
	}
}

// answers of the API server: a refusal with those words, or none.
func (r *composedRow) answers(what string, err error, refusal string) {
	r.t.Helper()
	switch {
	case refusal == "" && err != nil:
		r.t.Errorf("%s: want it accepted, got: %v", what, err)
	case refusal != "" && (err == nil || !strings.Contains(err.Error(), refusal)):
		r.t.Errorf("%s: want it refused with %q, got: %v", what, refusal, err)
	}
}

// appliedAgain: client side, server side by another manager, and with replace.
func (r *composedRow) appliedAgain(o *unstructured.Unstructured) {
	r.t.Helper()
	manifest, err := yaml.Marshal(o.Object)
	if err != nil {
		r.t.Fatal(err)
	}
	apply := func(want string, args ...string) {
		r.t.Helper()
		said, err := r.kubectl(r.t, manifest, append(args, "-f", "-")...)
		if err != nil || !strings.HasSuffix(strings.TrimSpace(said), " "+want) {
			r.t.Errorf("kubectl %s: want %q, got %v: %s", strings.Join(args, " "), want, err, said)
		}
	}
	live := o.DeepCopy()
	version := func() string {
		r.t.Helper()
		if err := r.kube.Get(r.t.Context(), client.ObjectKeyFromObject(o), live); err != nil {
			r.t.Fatal(err)
		}
		return live.GetResourceVersion()
	}
	apply("created", "apply")
	apply("unchanged", "apply")
	version()
	threeWay(r.t, o, live)
	serverSide := []string{"apply", "--server-side", "--field-manager=argocd"}
	apply("serverside-applied", serverSide...)
	was := version()
	apply("serverside-applied", serverSide...)
	if is := version(); is != was {
		r.t.Errorf("want version %s kept by a server-side apply that changes nothing, got %s", was, is)
	}
	apply("replaced", "replace")
}
