package controller

import (
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

func TestOutcome(t *testing.T) {
	t.Parallel()
	const (
		name    = meta.AnnotationKeyExternalName
		uuid    = v1alpha1.AnnotationAllocationUUID
		created = v1alpha1.AnnotationPartitionCreated
		unknown = v1alpha1.AnnotationCreateUnknownSince
		pending = meta.AnnotationKeyExternalCreatePending
		success = meta.AnnotationKeyExternalCreateSucceeded
		failed  = meta.AnnotationKeyExternalCreateFailed
	)
	v := func(s string) *string { return &s }
	cases := map[string]struct {
		reason string
		have   map[string]string
		want   annotations
	}{
		"Refused": {
			"nothing was made: nothing is pending, unknown, or tied to a metal-stack",
			map[string]string{pending: "t0", failed: "t1", created: "then", v1alpha1.AnnotationAsked: "{}", "user/annotation": "x"},
			annotations{pending: nil, unknown: nil, failed: v("t1"), created: nil, v1alpha1.AnnotationAsked: nil},
		},
		"Unknown": {
			"the time of an unknown outcome is written in the same patch, and the metal-stack is kept",
			map[string]string{pending: "t0", failed: "t1", unknown: "t1", created: "then"},
			annotations{pending: nil, unknown: v("t1"), failed: v("t1"), created: v("then")},
		},
		"Succeeded": {
			"the identity is written again: a patch may have been lost",
			map[string]string{success: "t1", name: "m1", uuid: "a1", created: "then"},
			annotations{pending: nil, unknown: nil, success: v("t1"), name: v("m1"), uuid: v("a1"), created: v("then")},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, outcome(tc.have)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestWished(t *testing.T) {
	t.Parallel()
	before := map[string]string{"b": "2", "a": "1"}
	cases := map[string]struct {
		reason string
		after  map[string]string
		want   bool
	}{
		"Same":    {"nothing changed", map[string]string{"a": "1", "b": "2"}, false},
		"Refused": {"a refused create must not be tried again at once", map[string]string{"a": "1", "b": "2", meta.AnnotationKeyExternalCreateFailed: "t"}, false},
		"Unknown": {"nor one of unknown outcome", map[string]string{"a": "1", "b": "2", v1alpha1.AnnotationCreateUnknownSince: "t", v1alpha1.AnnotationPartitionCreated: "t"}, false},
		"Asked":   {"what was asked is ours to write", map[string]string{"a": "1", "b": "2", v1alpha1.AnnotationAsked: "{}"}, false},
		"Import":  {"a person named an object", map[string]string{"a": "1", "b": "2", meta.AnnotationKeyExternalName: "m1"}, true},
		"Given":   {"a person gave an object", map[string]string{"a": "1", "b": "2", v1alpha1.AnnotationTakeOver: "u"}, true},
		"Removed": {"a person removed an annotation", map[string]string{"a": "1"}, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := wished(before) != wished(tc.after); got != tc.want {
				t.Errorf("%s: want %t, got %t", tc.reason, tc.want, got)
			}
		})
	}
}
