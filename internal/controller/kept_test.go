package controller

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestKeptBy(t *testing.T) {
	t.Parallel()
	const ours = "finalizer.managedresource.crossplane.io"
	cases := map[string]struct {
		reason     string
		finalizers []string
		since      time.Duration
		want       string
	}{
		"Ours":        {"ours keeps nobody", []string{ours}, time.Hour, ""},
		"Theirs":      {"they are named, sorted", []string{ours, "b/x", "a/x"}, 0, "nothing is freed while others keep this resource: it waits for the removal of a/x, b/x from metadata.finalizers"},
		"Collector":   {"garbage collection may work", []string{ours, metav1.FinalizerDeleteDependents}, time.Second, ""},
		"CollectsFor": {"but not for ever", []string{ours, metav1.FinalizerDeleteDependents}, time.Minute, "nothing is freed while others keep this resource: it waits for the removal of foregroundDeletion from metadata.finalizers"},
		"OnlyTheirs":  {"the reconciler does not wait for a single one", []string{"a/x"}, time.Minute, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, keptBy(tc.finalizers, tc.since)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
