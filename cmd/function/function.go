package main

import (
	"context"
	"slices"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/response"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/composition"
)

// A function that composes.
type composes struct {
	fnv1.UnimplementedFunctionRunnerServiceServer

	log   logging.Logger
	kinds *runtime.Scheme
}

// RunFunction composes what a composite is made of.
func (c *composes) RunFunction(_ context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	rsp := response.To(req, 0)
	is := &unstructured.Unstructured{Object: req.GetObserved().GetComposite().GetResource().AsMap()}
	result, err := compose(req, is, c.kinds, time.Now())
	if err == nil {
		err = lost(req, result)
	}
	if err == nil {
		err = encode(rsp, is, result)
	}
	if err != nil {
		response.Fatal(rsp, err)
	}
	c.log.Debug("Composed", "kind", is.GetKind(), "namespace", is.GetNamespace(), "name", is.GetName(), "parts", len(result.Parts), "asks", len(result.Asks), "error", err)
	return rsp, nil
}

// lost is an error if something is there that would no longer be named: Crossplane deletes
// that, and what it stands for is freed.
func lost(req *fnv1.RunFunctionRequest, result composition.Result) error {
	if result.Wrong != "" {
		return errors.New(result.Wrong)
	}
	for key, o := range req.GetObserved().GetResources() {
		part := &unstructured.Unstructured{Object: o.GetResource().AsMap()}
		named := slices.ContainsFunc(result.Parts, func(p composition.Part) bool { return p.Key == key })
		if _, byOthers := req.GetDesired().GetResources()[key]; named || byOthers || slices.Contains(result.Left, key) || !ours(key, part) {
			continue
		}
		return errors.Errorf("%s %s is there as the part %s, and would not be named any more: nothing is composed. Set its annotation crossplane.io/composition-resource-name back, if that was changed", part.GetKind(), part.GetName(), key)
	}
	return nil
}

// ours is true for a part that this function has composed, by its key, or by its kind and
// its labels.
func ours(key string, part *unstructured.Unstructured) bool {
	group := part.GroupVersionKind().Group
	_, labelled := part.GetLabels()[clusterv1alpha1.LabelName]
	return labelled && (group == v1alpha1.Group || group == clusterv1alpha1.Group) || composition.Ours(key)
}

// compose a composite by its kind.
func compose(req *fnv1.RunFunctionRequest, is *unstructured.Unstructured, kinds *runtime.Scheme, now time.Time) (composition.Result, error) {
	r, err := decode(req, is, kinds)
	if err != nil {
		return composition.Result{}, err
	}
	r.Now = now
	gvk := is.GroupVersionKind()
	if gvk.GroupVersion() != clusterv1alpha1.SchemeGroupVersion {
		return composition.Result{}, errors.Errorf("cannot compose a %s: this function is for XClusters and XFirewalls", gvk)
	}
	switch gvk.Kind {
	case clusterv1alpha1.XClusterKind:
		x := &clusterv1alpha1.XCluster{}
		if err := read(is, x); err != nil {
			return composition.Result{}, err
		}
		return composition.XCluster(x, r), nil
	case clusterv1alpha1.XFirewallKind:
		x := &clusterv1alpha1.XFirewall{}
		if err := read(is, x); err != nil {
			return composition.Result{}, err
		}
		return composition.XFirewall(x, r), nil
	case clusterv1alpha1.ClaimedXClusterKind:
		x := &composition.Claimed{}
		if err := read(is, &x.XClusterClaim); err != nil {
			return composition.Result{}, err
		}
		ref, _, _ := unstructured.NestedStringMap(is.Object, "spec", "claimRef")
		x.Claim = types.NamespacedName{Namespace: ref["namespace"], Name: ref["name"]}
		if x.Claim.Namespace == "" || x.Claim.Name == "" {
			return composition.Result{}, errors.Errorf("cannot compose ClaimedXCluster %s: it has no claim in spec.claimRef", is.GetName())
		}
		return composition.ClaimedXCluster(x, r), nil
	default:
		return composition.Result{}, errors.Errorf("cannot compose a %s: this function is for XClusters and XFirewalls", gvk.Kind)
	}
}
