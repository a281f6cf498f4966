package local

import (
	"testing"

	extv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	extv1k8s "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

func TestPackageName(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		ref    string
		want   string
	}{
		"Tag":    {reason: "The name has neither registry nor tag.", ref: "xpkg.crossplane.io/org/provider-x:v1.2.3", want: "org-provider-x"},
		"Port":   {reason: "A registry's port is no tag.", ref: "127.0.0.1:5000/org/provider-x", want: "org-provider-x"},
		"Digest": {reason: "Nor has it a digest.", ref: "127.0.0.1:5000/org/provider-x:v1@sha256:00ff", want: "org-provider-x"},
		"Deep":   {reason: "Slashes become dashes.", ref: "registry.example.org/org/team/provider-x:v1", want: "org-team-provider-x"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, PackageName(tc.ref)); diff != "" {
				t.Errorf("\n%s\nPackageName: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestEstablished(t *testing.T) {
	t.Parallel()
	claims := &extv1k8s.CustomResourceDefinitionNames{Kind: "Claim"}
	is := func(t xpv2.ConditionType) xpv2.Condition {
		return xpv2.Condition{Type: t, Status: corev1.ConditionTrue}
	}
	cases := map[string]struct {
		reason     string
		claims     *extv1k8s.CustomResourceDefinitionNames
		conditions []xpv2.Condition
		want       bool
	}{
		"New":         {reason: "A definition that core has not looked at cannot be used."},
		"Established": {reason: "Without a claim it can be used when established.", conditions: []xpv2.Condition{is(extv1.TypeEstablished)}, want: true},
		"NotOffered":  {reason: "A claim must be offered too.", claims: claims, conditions: []xpv2.Condition{is(extv1.TypeEstablished)}},
		"Offered":     {reason: "Then both can be used.", claims: claims, conditions: []xpv2.Condition{is(extv1.TypeEstablished), is(extv1.TypeOffered)}, want: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &extv1.CompositeResourceDefinition{Spec: extv1.CompositeResourceDefinitionSpec{ClaimNames: tc.claims}}
			d.Status.SetConditions(tc.conditions...)
			if diff := cmp.Diff(tc.want, established(d)); diff != "" {
				t.Errorf("\n%s\nestablished: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// A cluster is refused before anything is started.
func TestStartRefused(t *testing.T) {
	if _, err := Start(t.Context(), Options{}); err == nil {
		t.Error("Start without a directory: want an error")
	}
}

func TestProjectRoot(t *testing.T) {
	if _, err := ProjectRoot(); err != nil {
		t.Errorf("inside the checkout: %v", err)
	}
	t.Chdir(t.TempDir())
	if got, err := ProjectRoot(); err == nil {
		t.Errorf("outside of a checkout: got %s, want an error", got)
	}
}
