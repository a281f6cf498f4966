package main

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	protectionv1beta1 "github.com/crossplane/crossplane/apis/v2/protection/v1beta1"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/resource/composed"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/composition"
)

// kinds that composites are composed of. Crossplane's SDK has the scheme of them.
func kinds() (*runtime.Scheme, error) {
	for _, add := range []func(*runtime.Scheme) error{v1alpha1.AddToScheme, clusterv1alpha1.AddToScheme, protectionv1beta1.AddToScheme} {
		if err := add(composed.Scheme); err != nil {
			return nil, err
		}
	}
	return composed.Scheme, nil
}

// decode what there is of a composite.
func decode(req *fnv1.RunFunctionRequest, is *unstructured.Unstructured, kinds *runtime.Scheme) (composition.Request, error) {
	r := composition.Request{Deaf: deaf(is), Parts: map[string]client.Object{}, Recorded: recorded(is), Found: map[composition.Ask][]metav1.PartialObjectMetadata{}, Full: map[types.UID]client.Object{}}
	for key, o := range req.GetObserved().GetResources() {
		u := &unstructured.Unstructured{Object: o.GetResource().AsMap()}
		part, err := typed(u, kinds)
		if err != nil {
			return r, err
		}
		if _, others := part.(*metav1.PartialObjectMetadata); !others {
			r.Parts[key] = part // Else another step of the pipeline composes it.
		}
	}
	for key, answer := range req.GetRequiredResources() {
		ask, ok := parse(key)
		if !ok {
			continue // Asked for by the Composition.
		}
		r.Found[ask] = nil
		for _, o := range answer.GetItems() {
			is, found := &unstructured.Unstructured{Object: o.GetResource().AsMap()}, metav1.PartialObjectMetadata{}
			if err := read(is, &found); err != nil {
				return r, err
			}
			full, err := typed(is, kinds)
			if err != nil {
				return r, err
			}
			r.Full[found.UID] = full
			r.Found[ask] = append(r.Found[ask], found)
		}
	}
	return r, nil
}

// deaf is Crossplane to what happens to a composite when its circuit breaker is open.
func deaf(is *unstructured.Unstructured) bool {
	conditions, _, _ := unstructured.NestedSlice(is.Object, "status", "conditions")
	return slices.ContainsFunc(conditions, func(c any) bool {
		m, ok := c.(map[string]any)
		return ok && m["type"] == "Responsive" && m["status"] == "False"
	})
}

// typed object, of one of our kinds or in its metadata alone.
func typed(is *unstructured.Unstructured, kinds *runtime.Scheme) (client.Object, error) {
	var o client.Object = &metav1.PartialObjectMetadata{}
	if known, err := kinds.New(is.GroupVersionKind()); err == nil {
		if full, ok := known.(client.Object); ok {
			o = full
		}
	}
	return o, read(is, o)
}

// read an object as the type that it has here.
func read(is *unstructured.Unstructured, into client.Object) error {
	b, err := json.Marshal(is.Object)
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	return errors.Wrapf(err, "cannot read %s %s", is.GetKind(), is.GetName())
}

// recorded references of a composite. Those of one behind a claim have another place.
func recorded(is *unstructured.Unstructured) []composition.Reference {
	path := []string{"spec", "crossplane", "resourceRefs"}
	if is.GetNamespace() == "" {
		path = []string{"spec", "resourceRefs"}
	}
	refs, _, _ := unstructured.NestedSlice(is.Object, path...)
	var out []composition.Reference
	for _, r := range refs {
		m, _ := r.(map[string]any)
		ref := corev1.ObjectReference{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(m, &ref); err != nil || ref.Name == "" {
			continue // Crossplane writes none without a name.
		}
		if is.GetNamespace() != "" {
			ref.Namespace = is.GetNamespace()
		}
		out = append(out, composition.Reference{Kind: ref.GroupVersionKind(), Namespace: ref.Namespace, Name: ref.Name})
	}
	return out
}

// spell an ask as the key of a requirement. No part of it has a blank.
func spell(a composition.Ask) string {
	v, k := a.Kind.ToAPIVersionAndKind()
	return strings.Join([]string{v, k, a.Namespace, a.Name, a.Label, a.Value}, " ")
}

func parse(key string) (composition.Ask, bool) {
	parts := strings.Split(key, " ")
	if len(parts) != 6 {
		return composition.Ask{}, false
	}
	return composition.Ask{
		Reference: composition.Reference{Kind: schema.FromAPIVersionAndKind(parts[0], parts[1]), Namespace: parts[2], Name: parts[3]},
		Label:     parts[4],
		Value:     parts[5],
	}, true
}
