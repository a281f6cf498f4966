package main

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/event"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/resource"
	"github.com/crossplane/function-sdk-go/resource/composed"
	"github.com/crossplane/function-sdk-go/resource/composite"
	"github.com/crossplane/function-sdk-go/response"
	"google.golang.org/protobuf/types/known/durationpb"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossplane-contrib/provider-metal-stack/internal/composition"
)

// Crossplane watches whatever changes. What it hears in the moment in which its circuit
// breaker opens is lost, though, and if that was the last word nothing else comes. So it
// looks again by itself, often while something is on its way.
const (
	onItsWay = time.Minute
	atRest   = 10 * time.Minute
)

// again is after how long Crossplane looks at a composite of which it hears nothing.
func again(result composition.Result) time.Duration {
	after := atRest
	if result.Unready || slices.ContainsFunc(result.Parts, func(p composition.Part) bool { return !p.Ready }) {
		after = onItsWay
	}
	if result.Again > 0 {
		after = min(after, result.Again)
	}
	return after
}

// encode what a composite shall be made of, and what it says.
func encode(rsp *fnv1.RunFunctionResponse, is *unstructured.Unstructured, result composition.Result) error {
	parts := map[resource.Name]*resource.DesiredComposed{}
	for _, p := range result.Parts {
		o, err := composed.From(p.Object)
		if err != nil {
			return errors.Wrapf(err, "cannot write the part %s", p.Key)
		}
		delete(o.Object, "status") // Not ours to say.
		parts[resource.Name(p.Key)] = &resource.DesiredComposed{Resource: o, Ready: readiness(p.Ready)}
	}
	if err := response.SetDesiredComposedResources(rsp, parts); err != nil {
		return errors.Wrap(err, "cannot write the parts")
	}
	for _, a := range result.Asks {
		if rsp.GetRequirements() == nil {
			rsp.Requirements = &fnv1.Requirements{Resources: map[string]*fnv1.ResourceSelector{}}
		}
		rsp.Requirements.Resources[spell(a)] = selector(a)
	}
	rsp.Meta.Ttl = durationpb.New(again(result))
	status, err := plain(result.Status)
	if err != nil {
		return errors.Wrap(err, "cannot write the status")
	}
	x := &resource.Composite{Resource: composite.New()}
	x.Resource.SetGroupVersionKind(is.GroupVersionKind())
	x.Resource.Object["status"] = status
	for _, c := range result.Conditions {
		rsp.Conditions = append(rsp.Conditions, condition(&c, is.GetNamespace() == ""))
	}
	for _, e := range result.Events {
		said := response.Normal(rsp, e.Message)
		if e.Type == event.TypeWarning {
			said = response.Warning(rsp, errors.New(e.Message))
		}
		said.WithReason(string(e.Reason)).TargetCompositeAndClaim()
	}
	if result.Unready {
		// Crossplane counts only what is composed.
		x.Ready = resource.ReadyFalse
	}
	return response.SetDesiredCompositeResource(rsp, x)
}

// condition of a composite; of the claim as well, where there is one.
func condition(c *xpv2.Condition, claimed bool) *fnv1.Condition {
	out := &fnv1.Condition{Type: string(c.Type), Reason: string(c.Reason), Status: fnv1.Status_STATUS_CONDITION_FALSE, Target: fnv1.Target_TARGET_COMPOSITE.Enum()}
	if c.Status == corev1.ConditionTrue {
		out.Status = fnv1.Status_STATUS_CONDITION_TRUE
	}
	if c.Message != "" {
		out.Message = &c.Message
	}
	if claimed {
		out.Target = fnv1.Target_TARGET_COMPOSITE_AND_CLAIM.Enum()
	}
	return out
}

func selector(a composition.Ask) *fnv1.ResourceSelector {
	version, kind := a.Kind.ToAPIVersionAndKind()
	s := &fnv1.ResourceSelector{ApiVersion: version, Kind: kind, Match: &fnv1.ResourceSelector_MatchName{MatchName: a.Name}}
	if a.Name == "" {
		s.Match = &fnv1.ResourceSelector_MatchLabels{MatchLabels: &fnv1.MatchLabels{Labels: map[string]string{a.Label: a.Value}}}
	}
	if a.Namespace != "" {
		s.Namespace = &a.Namespace
	}
	return s
}

func readiness(ready bool) resource.Ready {
	if ready {
		return resource.ReadyTrue
	}
	return resource.ReadyFalse
}

// plain value of a status, without what is empty: what is written is owned.
func plain(status any) (map[string]any, error) {
	b, err := json.Marshal(status)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	if err := json.Unmarshal(b, &out); err != nil {
		return nil, err
	}
	prune(out)
	return out, nil
}

func prune(m map[string]any) {
	for k, v := range m {
		if inner, ok := v.(map[string]any); ok {
			if prune(inner); len(inner) == 0 {
				delete(m, k)
			}
		}
	}
}
