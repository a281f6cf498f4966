package firewall

import (
	"context"
	"slices"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
)

// ByNetwork is an index of Firewalls by the Networks that they may name: a thousand
// of them are not looked through for each of a thousand Networks.
const ByNetwork = "network"

// bySelector is the key of Firewalls that select a Network by labels.
const bySelector = "selector"

func keyOfID(id string) string { return "id " + id }

func keyOfName(namespace, name string) string { return "name " + namespace + "/" + name }

// NetworksOf a Firewall, for the index.
func NetworksOf(o client.Object) []string {
	fw, ok := o.(*v1alpha1.Firewall)
	if !ok {
		return nil
	}
	var keys []string
	if asked := controller.AskedOf(fw); asked != nil {
		for _, f := range asked.Followed {
			keys = append(keys, keyOfID(f.ID))
		}
	}
	for _, r := range (&Kind{}).References(fw) {
		switch {
		case r.ID != "":
			keys = append(keys, keyOfID(r.ID))
		case meta.GetExternalName(fw) != "":
		case r.Ref != nil:
			namespace := r.Ref.Namespace
			if namespace == "" {
				namespace = fw.GetNamespace()
			}
			keys = append(keys, keyOfName(namespace, r.Ref.Name))
		case r.Selector != nil:
			keys = append(keys, bySelector)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// KeysOf a Network in the index: a Firewall that names it is under one of them.
func KeysOf(nw *v1alpha1.Network) []string {
	keys := []string{keyOfName(nw.GetNamespace(), nw.GetName()), bySelector}
	if id := meta.GetExternalName(nw); id != "" {
		keys = append(keys, keyOfID(id))
	}
	return keys
}

// Naming are the Firewalls that name a Network. They must not be changed.
func Naming(ctx context.Context, kube client.Reader, nw *v1alpha1.Network) ([]v1alpha1.Firewall, error) {
	return indexed(ctx, kube, nw, func(fw *v1alpha1.Firewall) bool { return Names(fw, nw) })
}

// indexed Firewalls under the keys of a Network which are so.
func indexed(ctx context.Context, kube client.Reader, nw *v1alpha1.Network, so func(*v1alpha1.Firewall) bool) ([]v1alpha1.Firewall, error) {
	var out []v1alpha1.Firewall
	for _, key := range KeysOf(nw) {
		of := &v1alpha1.FirewallList{}
		if err := kube.List(ctx, of, client.MatchingFields{ByNetwork: key}); err != nil {
			return nil, err
		}
		for i := range of.Items {
			if so(&of.Items[i]) {
				out = append(out, of.Items[i])
			}
		}
	}
	slices.SortFunc(out, func(a, b v1alpha1.Firewall) int {
		return strings.Compare(a.GetNamespace()+"/"+a.GetName(), b.GetNamespace()+"/"+b.GetName())
	})
	return slices.CompactFunc(out, func(a, b v1alpha1.Firewall) bool { return a.GetUID() == b.GetUID() }), nil
}
